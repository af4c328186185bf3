//! Why a file cannot be read as a plan.

/// The file is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// It is not JSON.
    #[error("it is not JSON: {0}. Create it with: terraform show -json PLAN > plan.json")]
    NotJson(String),
    /// It is JSON of another kind.
    #[error(
        "it has no planned_values, so it is not the JSON of a Terraform plan. \
         Create it with: terraform show -json PLAN > plan.json"
    )]
    NoPlan,
    /// A value has another type than the provider's schema.
    #[error("{address}: {attribute} is {found}, but must be {expected}")]
    Value {
        /// The address of the resource.
        address: String,
        /// The attribute.
        attribute: &'static str,
        /// What was found.
        found: String,
        /// What is accepted.
        expected: &'static str,
    },
}
