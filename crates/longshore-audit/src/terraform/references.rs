//! Which resource an expression of the configuration refers to. A plan does not know the ARN or URL of a
//! queue that it creates, but its configuration names the resource.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::Document;

/// The references of the expressions, by address without index and by attribute.
pub(super) struct References {
    by_expression: BTreeMap<(String, String), Vec<String>>,
    /// The addresses of all planned resources.
    addresses: Vec<String>,
    /// Whether a provider adds tags to each resource.
    has_default_tags: bool,
}

const KINDS: &[&str] = &[
    "aws_sqs_queue",
    "aws_sqs_queue_policy",
    "aws_sqs_queue_redrive_policy",
    "aws_sqs_queue_redrive_allow_policy",
    "aws_lambda_function",
    "aws_lambda_event_source_mapping",
];

impl References {
    pub(super) fn of(document: &Document) -> Self {
        let mut by_expression = BTreeMap::new();
        add(&document.configuration, "", &mut by_expression);
        let addresses = KINDS
            .iter()
            .flat_map(|kind| document.resources(kind))
            .map(|one| one.address.clone())
            .collect();
        Self { by_expression, addresses, has_default_tags: document.has_default_tags }
    }

    /// Whether the configuration sets an attribute of a resource. True if it does not contain the resource.
    pub(super) fn may_set(&self, address: &str, attribute: &str) -> bool {
        let address = without_indexes(address);
        let contains =
            |name: &str| self.by_expression.contains_key(&(address.clone(), name.to_owned()));
        contains(attribute) || !contains("")
    }

    /// Whether a resource can have tags that the plan does not know.
    pub(super) fn may_have_tags(&self, address: &str) -> bool {
        self.has_default_tags || self.may_set(address, "tags")
    }

    /// The planned resource of a type that an attribute of a resource refers to.
    pub(super) fn target(&self, address: &str, attribute: &str, kind: &str) -> Option<String> {
        let key = (without_indexes(address), attribute.to_owned());
        let (module, _) = split(&key.0);
        let (name, literal) = self
            .by_expression
            .get(&key)?
            .iter()
            .find_map(|reference| resource_of(reference, kind))?;
        let named = format!("{module}{kind}.{name}");
        // The instances in the same instance of the module.
        let module = split(address).0;
        let mut candidates = self
            .addresses
            .iter()
            .filter(|one| without_indexes(one) == named && split(one).0 == module);
        // With `for_each`, a queue and its policy have the same index.
        let index = literal.or_else(|| index(address));
        let found = candidates.clone().find(|one| self::index(one) == index);
        found.or_else(|| candidates.next()).cloned()
    }

    /// The queue that an attribute refers to.
    pub(super) fn queue_of(&self, address: &str, attribute: &str) -> Option<String> {
        self.target(address, attribute, "aws_sqs_queue")
    }

    /// The dead-letter queue in a resource of its own, such as `aws_sqs_queue_redrive_policy`, for the queue
    /// with this address.
    pub(super) fn queue_of_policy(&self, kind: &str, queue: &str) -> Option<String> {
        let start = format!("{kind}.");
        let of_kind = self.addresses.iter().filter(|one| split(one).1.starts_with(&start));
        let mut of_queue =
            of_kind.filter(|one| self.queue_of(one, "queue_url").as_deref() == Some(queue));
        self.queue_of(of_queue.next()?, "redrive_policy")
    }
}

fn add(module: &Value, path: &str, found: &mut BTreeMap<(String, String), Vec<String>>) {
    for resource in module.get("resources").and_then(Value::as_array).into_iter().flatten() {
        let address = resource.get("address").and_then(Value::as_str).unwrap_or_default();
        // A resource without expressions is contained too.
        found.insert((format!("{path}{address}"), String::new()), Vec::new());
        let expressions =
            resource.get("expressions").and_then(Value::as_object).into_iter().flatten();
        for (attribute, expression) in expressions {
            let references =
                expression.get("references").and_then(Value::as_array).into_iter().flatten();
            let references = references.filter_map(Value::as_str).map(str::to_owned).collect();
            found.insert((format!("{path}{address}"), attribute.clone()), references);
        }
    }
    for (name, call) in module.get("module_calls").and_then(Value::as_object).into_iter().flatten()
    {
        if let Some(child) = call.get("module") {
            add(child, &format!("{path}module.{name}."), found);
        }
    }
}

/// The name in a reference to a resource of a type, and its index if the reference has one.
fn resource_of<'a>(reference: &'a str, kind: &str) -> Option<(&'a str, Option<&'a str>)> {
    let rest = reference.strip_prefix(kind)?.strip_prefix('.')?;
    let end = rest.find(['.', '[']).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(end);
    let index = rest.strip_prefix('[').map(|rest| match rest.find("\"]") {
        Some(end) if rest.starts_with('"') => &rest[..=end],
        _ => rest.split(']').next().unwrap_or(rest),
    });
    Some((name, index))
}

/// An address as the configuration has it: without the indexes of `count` and `for_each`.
fn without_indexes(address: &str) -> String {
    let (mut plain, mut depth) = (String::new(), 0_u32);
    for c in address.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}

/// The module of an address with a point at its end, and the rest.
fn split(address: &str) -> (&str, &str) {
    let resource = KINDS.iter().filter_map(|kind| address.rfind(&format!("{kind}."))).min();
    address.split_at(resource.unwrap_or_default())
}

fn index(address: &str) -> Option<&str> {
    address.strip_suffix(']')?.rsplit_once('[').map(|(_, index)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_module_and_indexes() {
        let address = r#"module.shop["a.b"].aws_sqs_queue.orders["eu"]"#;
        assert_eq!(without_indexes(address), "module.shop.aws_sqs_queue.orders");
        assert_eq!(index(address), Some("\"eu\""));
        assert_eq!(split("module.shop.aws_sqs_queue.orders").0, "module.shop.");
        assert_eq!(split("aws_sqs_queue.orders").0, "");
    }

    #[test]
    fn a_reference_can_have_an_index() {
        let of = |reference| resource_of(reference, "aws_sqs_queue");
        assert_eq!(of("aws_sqs_queue.dead.arn"), Some(("dead", None)));
        assert_eq!(of(r#"aws_sqs_queue.dead["b.c"].arn"#), Some(("dead", Some("\"b.c\""))));
        assert_eq!(of("aws_sqs_queue.dead[0].arn"), Some(("dead", Some("0"))));
        assert_eq!(of("aws_sqs_queue_policy.dead"), None);
    }
}
