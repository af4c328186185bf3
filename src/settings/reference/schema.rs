//! The reference as a JSON Schema, with which editors complete and check `longshore.toml`.

use longshore::handler::MAX_ROUTES;
use serde_json::{Value, json};

use super::defaults::{Known, known};
use super::handler_keys::{HANDLER, TIMEOUT};
use super::key::{Key, Kind};
use super::route_keys::ROUTE;
use super::table::{ADDRESS, LABEL, PROCESS, queue_keys};

/// A duration with its units, such as `1m 30s`.
const DURATION: &str = r"^\s*(\d+\s*[a-zA-Zµ]+\s*)+$";

/// The JSON Schema of `longshore.toml`, draft 2020-12.
pub fn json_schema() -> Value {
    let known = known();
    let mut root = object("The configuration of Longshore.");
    for key in PROCESS {
        insert(&mut root, key.path, leaf(key, &known, ""));
    }
    let mut defaults = object("Settings for all queues. A queue can override them.");
    let mut queue = object("One queue.");
    for key in queue_keys() {
        insert(&mut defaults, key.path, leaf(key, &known, "queue."));
        insert(&mut queue, key.path, leaf(key, &known, "queue."));
    }
    for key in ADDRESS.iter().chain([&LABEL]) {
        insert(&mut queue, key.path, leaf(key, &known, "queue."));
    }
    queue["properties"]["route"] =
        json!({ "type": "array", "items": route(&known), "minItems": 1, "maxItems": MAX_ROUTES });
    queue["oneOf"] = ADDRESS.iter().map(|key| json!({ "required": [key.path] })).collect();
    root["properties"]["defaults"] = defaults;
    root["properties"]["queue"] = json!({ "type": "array", "items": queue, "minItems": 1 });
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("longshore.toml");
    root
}

fn route(known: &Known) -> Value {
    let mut route = object("One route of the queue.");
    for key in ROUTE.iter().chain(HANDLER).filter(|key| key.path != TIMEOUT) {
        let mut leaf = leaf(key, known, "queue.");
        if key.path == "name" {
            leaf["pattern"] = json!("^[A-Za-z0-9_-]{1,64}$");
        }
        insert(&mut route, key.path, leaf);
    }
    route["oneOf"] = json!([{ "required": ["attribute"] }, { "required": ["body"] }]);
    route
}

fn object(description: &str) -> Value {
    json!({
        "type": "object",
        "description": description,
        "additionalProperties": false,
        "properties": {},
    })
}

/// Inserts a key with the tables on its path.
fn insert(object_: &mut Value, path: &str, leaf: Value) {
    let properties = object_["properties"].as_object_mut().expect("an object has properties");
    match path.split_once('.') {
        None => drop(properties.insert(path.to_owned(), leaf)),
        Some((table, rest)) => {
            let inner = properties
                .entry(table)
                .or_insert_with(|| object(&format!("The settings of `{table}`.")));
            insert(inner, rest, leaf);
        }
    }
}

fn leaf(key: &Key, known: &Known, prefix: &str) -> Value {
    let mut leaf = match key.kind {
        Kind::Duration => json!({ "type": "string", "pattern": DURATION }),
        Kind::Count(least, most) => {
            let mut number = json!({ "type": "integer", "minimum": least });
            if let Some(most) = most {
                number["maximum"] = json!(most);
            }
            number
        }
        Kind::Number => json!({ "type": "number" }),
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Url => json!({ "type": "string", "pattern": "^https?://." }),
        Kind::Words => {
            json!({ "type": "array", "items": { "type": "string" }, "minItems": 1 })
        }
        Kind::Names => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::Statuses => json!({
            "type": "array",
            "items": {
                "type": "integer",
                "minimum": 400,
                "maximum": 499,
                "not": { "enum": [408, 425, 429, 431] },
            },
        }),
        Kind::Choice(values) => json!({ "enum": values }),
        Kind::Choices(values) => json!({ "type": "array", "items": { "enum": values } }),
    };
    leaf["description"] = json!(key.description);
    if let Some(default) = default(key, known, prefix) {
        leaf["default"] = default;
    }
    leaf
}

/// The default as a value of the key's type.
fn default(key: &Key, known: &Known, prefix: &str) -> Option<Value> {
    let text = known.defaults.get(&format!("{prefix}{}", key.path))?;
    if text == "not set" {
        return None;
    }
    match key.kind {
        Kind::Count(..) => text.parse::<u64>().ok().map(Value::from),
        Kind::Number => text.parse::<f64>().ok().map(Value::from),
        Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
        Kind::Words | Kind::Names | Kind::Choices(_) | Kind::Statuses => {
            serde_json::from_str(text).ok()
        }
        Kind::Duration | Kind::Text | Kind::Url | Kind::Choice(_) => Some(json!(text)),
    }
}

/// Checks a value against the part of JSON Schema that [`json_schema`] uses. Returns the path of
/// the first violation.
#[cfg(test)]
pub(super) fn violation(schema: &Value, value: &Value, path: &str) -> Option<String> {
    let wrong = |holds: bool| (!holds).then(|| path.to_owned());
    if let Some(values) = schema["enum"].as_array() {
        return wrong(values.contains(value));
    }
    match schema["type"].as_str()? {
        "object" => object_violation(schema, value.as_object(), path),
        "array" => match value.as_array() {
            None => wrong(false),
            Some(items) => items
                .iter()
                .enumerate()
                .find_map(|(n, item)| violation(&schema["items"], item, &format!("{path}[{n}]"))),
        },
        "string" => wrong(value.is_string()),
        "integer" => wrong(value.as_u64().is_some_and(|number| {
            number >= schema["minimum"].as_u64().unwrap_or(0)
                && number <= schema["maximum"].as_u64().unwrap_or(u64::MAX)
                && !schema["not"]["enum"].as_array().is_some_and(|not| not.contains(value))
        })),
        "number" => wrong(value.is_number()),
        "boolean" => wrong(value.is_boolean()),
        other => panic!("the schema has the type {other}"),
    }
}

#[cfg(test)]
fn object_violation(
    schema: &Value,
    value: Option<&serde_json::Map<String, Value>>,
    path: &str,
) -> Option<String> {
    let Some(value) = value else { return Some(path.to_owned()) };
    if let Some(alternatives) = schema["oneOf"].as_array() {
        let has = |required: &Value| {
            required["required"].as_array().is_some_and(|keys| {
                keys.iter().all(|key| value.contains_key(key.as_str().unwrap_or_default()))
            })
        };
        if alternatives.iter().filter(|alternative| has(alternative)).count() != 1 {
            return Some(format!("{path} (oneOf)"));
        }
    }
    value.iter().find_map(|(key, value)| {
        let here = format!("{path}/{key}");
        match schema["properties"].get(key) {
            None => Some(here),
            Some(inner) => violation(inner, value, &here),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Value {
        serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap()
    }

    #[test]
    fn the_complete_sample_matches_the_schema() {
        let sample = include_str!("../../../examples/config/complete.toml");
        assert_eq!(violation(&json_schema(), &parse(sample), ""), None);
    }

    #[test]
    fn wrong_files_do_not_match_the_schema() {
        for (text, path) in [
            ("concurency = 4", "/concurency"),
            ("concurrency = 0", "/concurrency"),
            ("[shutdown]\ngrace = 20", "/shutdown/grace"),
            ("[[queue]]\nname = \"a\"\non_reject = \"drop\"", "/queue[0]/on_reject"),
            ("[[queue]]\nwait = \"20s\"", "/queue[0] (oneOf)"),
            ("[defaults.handler]\nreject_status = [500]", "/defaults/handler/reject_status[0]"),
            ("[defaults.handler]\nreject_status = [429]", "/defaults/handler/reject_status[0]"),
            ("[defaults]\nname = \"a\"", "/defaults/name"),
        ] {
            assert_eq!(
                violation(&json_schema(), &parse(text), "").as_deref(),
                Some(path),
                "{text}"
            );
        }
    }
}
