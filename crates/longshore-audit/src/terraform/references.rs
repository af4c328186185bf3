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
        Self { by_expression, addresses }
    }

    /// Whether the configuration sets an attribute of a resource. True if it does not contain the resource.
    pub(super) fn may_set(&self, address: &str, attribute: &str) -> bool {
        let address = without_indexes(address);
        let contains =
            |name: &str| self.by_expression.contains_key(&(address.clone(), name.to_owned()));
        contains(attribute) || !contains("")
    }

    /// The planned resource of a type that an attribute of a resource refers to.
    pub(super) fn target(&self, address: &str, attribute: &str, kind: &str) -> Option<String> {
        let key = (without_indexes(address), attribute.to_owned());
        let (module, _) = split(&key.0);
        let named = self.by_expression.get(&key)?.iter().find_map(|reference| {
            let resource: Vec<_> = reference.split('.').take(2).collect();
            let [found, name] = resource.as_slice() else { return None };
            let name = name.split('[').next().unwrap_or(name);
            (*found == kind).then(|| format!("{module}{kind}.{name}"))
        })?;
        let same = |one: &&String| without_indexes(one) == named;
        let candidates: Vec<_> = self.addresses.iter().filter(same).collect();
        // With `for_each`, a queue and its policy have the same index.
        let index = index(address);
        let with_index = candidates.iter().find(|one| self::index(one) == index);
        with_index.or(candidates.first()).map(|one| (*one).clone())
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
}
