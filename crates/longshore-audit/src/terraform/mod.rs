//! The queues of a Terraform plan, before they exist: the output of `terraform show -json PLAN`.
//! <https://developer.hashicorp.com/terraform/internals/json-format>

mod document;
mod error;
mod function;
mod plan;
mod policy;
mod references;
mod resource;

pub use error::PlanError;
pub use plan::read;
