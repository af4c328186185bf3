//! Mutations of JSON documents: of their structure, then of their bytes.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::{Input, bytes, hostile_text};

/// Within the 128 levels that `serde_json` reads.
const DEPTH: usize = 100;

#[derive(Debug, Clone)]
enum Mutation {
    Replace(Index, Value),
    Remove(Index, Index),
    Duplicate(Index, Index),
    Rename(Index, Index, String),
    Wrap(Index),
    Nest(Index),
}

impl Mutation {
    fn apply(&self, document: &mut Value) {
        match self {
            Self::Replace(node, value) => *find(document, *node) = value.clone(),
            Self::Remove(node, child) => match find(document, *node) {
                Value::Array(items) if !items.is_empty() => {
                    items.remove(child.index(items.len()));
                }
                Value::Object(fields) => {
                    key(fields, child).and_then(|key| fields.remove(&key));
                }
                _ => {}
            },
            Self::Duplicate(node, child) => {
                if let Value::Array(items) = find(document, *node)
                    && !items.is_empty()
                {
                    items.push(items[child.index(items.len())].clone());
                }
            }
            Self::Rename(node, child, name) => {
                if let Value::Object(fields) = find(document, *node)
                    && let Some(key) = key(fields, child)
                    && let Some(value) = fields.remove(&key)
                {
                    fields.insert(name.clone(), value);
                }
            }
            Self::Wrap(node) => {
                let node = find(document, *node);
                *node = json!([node.take()]);
            }
            Self::Nest(node) => {
                let node = find(document, *node);
                *node = (0..DEPTH).fold(node.take(), |inside, _| json!([inside]));
            }
        }
    }
}

fn key(fields: &serde_json::Map<String, Value>, child: &Index) -> Option<String> {
    (!fields.is_empty()).then(|| fields.keys().nth(child.index(fields.len())).cloned())?
}

/// One of all values in the document, itself included.
fn find(document: &mut Value, node: Index) -> &mut Value {
    let mut left = node.index(size(document));
    let mut here = document;
    loop {
        if left == 0 {
            return here;
        }
        left -= 1;
        let mut next = None;
        for child in children(here) {
            let size = size(child);
            if left < size {
                next = Some(child);
                break;
            }
            left -= size;
        }
        here = next.expect("the sizes of the children add up");
    }
}

fn children(value: &mut Value) -> Box<dyn Iterator<Item = &mut Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter_mut()),
        Value::Object(fields) => Box::new(fields.values_mut()),
        _ => Box::new(std::iter::empty()),
    }
}

fn size(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(fields) => fields.values().map(size).sum(),
        _ => 0,
    }
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => hostile_text().prop_map(Value::String),
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        2 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => Just(json!([])),
        1 => Just(json!({})),
    ]
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let node = any::<Index>;
    prop_oneof![
        4 => (node(), value()).prop_map(|(node, value)| Mutation::Replace(node, value)),
        2 => (node(), node()).prop_map(|(node, child)| Mutation::Remove(node, child)),
        2 => (node(), node()).prop_map(|(node, child)| Mutation::Duplicate(node, child)),
        2 => (node(), node(), hostile_text())
            .prop_map(|(node, child, name)| Mutation::Rename(node, child, name)),
        1 => node().prop_map(Mutation::Wrap),
        1 => node().prop_map(Mutation::Nest),
    ]
}

/// A valid document with up to two mutations of its structure. One of three has mutations of its
/// bytes too.
pub fn json(valid: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Input> {
    let mutations = prop_oneof![1 => Just(Vec::new()), 3 => vec(mutation(), 1..3)];
    let document = (valid, mutations).prop_map(|(mut document, mutations)| {
        mutations.iter().for_each(|mutation| mutation.apply(&mut document));
        document.to_string().into_bytes()
    });
    let document = document.boxed();
    prop_oneof![2 => document.clone().prop_map(Input), 1 => bytes(document)]
}
