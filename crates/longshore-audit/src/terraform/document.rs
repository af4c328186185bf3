//! The parts of a plan that the audit reads.

use std::collections::BTreeMap;

use serde_json::Value;

use super::error::PlanError;

/// A plan.
pub(super) struct Document {
    resources: Vec<Resource>,
    /// The configuration of the root module.
    pub(super) configuration: Value,
    /// Whether a provider adds tags to each resource.
    pub(super) has_default_tags: bool,
}

/// A resource as it is planned.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// For example `module.shop.aws_sqs_queue.orders["eu"]`.
    pub(super) address: String,
    kind: String,
    /// The attributes that are known.
    pub(super) values: Value,
    /// The attributes that are known only after the plan is applied are `true`.
    pub(super) unknown: Value,
}

impl Resource {
    /// Whether an attribute is known only after the plan is applied. A part of it may be known.
    pub(super) fn is_unknown(&self, attribute: &str) -> bool {
        self.unknown.get(attribute).is_some_and(|value| *value != Value::Bool(false))
    }

    /// An attribute with a value.
    pub(super) fn value(&self, attribute: &str) -> Option<&Value> {
        self.values.get(attribute).filter(|value| !value.is_null())
    }
}

impl Document {
    pub(super) fn parse(text: &str) -> Result<Self, PlanError> {
        let plan: Value =
            serde_json::from_str(text).map_err(|error| PlanError::NotJson(error.to_string()))?;
        let root = plan.pointer("/planned_values/root_module").or(plan.get("planned_values"));
        let root = root.ok_or(PlanError::NoPlan)?;
        let changes = plan.get("resource_changes").and_then(Value::as_array).into_iter().flatten();
        let unknown: BTreeMap<&str, &Value> = changes
            .filter_map(|change| {
                Some((change.get("address")?.as_str()?, change.pointer("/change/after_unknown")?))
            })
            .collect();
        let mut resources = Vec::new();
        add(root, &unknown, &mut resources);
        let configuration = plan.pointer("/configuration/root_module").cloned().unwrap_or_default();
        let providers = plan.pointer("/configuration/provider_config").and_then(Value::as_object);
        let has_default_tags = providers
            .into_iter()
            .flatten()
            .any(|(_, one)| one.pointer("/expressions/default_tags").is_some());
        Ok(Self { resources, configuration, has_default_tags })
    }

    /// The resources of a type, in the order of the plan.
    pub(super) fn resources(&self, kind: &str) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(move |resource| resource.kind == kind)
    }
}

fn add(module: &Value, unknown: &BTreeMap<&str, &Value>, found: &mut Vec<Resource>) {
    let list = |key: &str| module.get(key).and_then(Value::as_array).into_iter().flatten();
    for resource in list("resources") {
        let text = |key: &str| resource.get(key).and_then(Value::as_str).unwrap_or_default();
        if text("mode") == "data" {
            continue;
        }
        let address = text("address").to_owned();
        let unknown =
            unknown.get(address.as_str()).map(|value| (*value).clone()).unwrap_or_default();
        let values = resource.get("values").cloned().unwrap_or_default();
        found.push(Resource { address, kind: text("type").to_owned(), values, unknown });
    }
    for child in list("child_modules") {
        add(child, unknown, found);
    }
}
