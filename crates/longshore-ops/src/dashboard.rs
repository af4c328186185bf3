//! A dashboard with the additional labels of a site: its queries, legends and links, one variable
//! for each label, and one column in each table that has a column for the cluster.

use serde::Serialize as _;
use serde_json::ser::PrettyFormatter;
use serde_json::{Map, Serializer, Value, json};

use crate::SiteLabels;
use crate::mention::{MODEL, copy_mentions, renamed};

/// The dashboard, which is JSON, with these labels.
pub(crate) fn with_labels(text: &str, labels: &SiteLabels) -> String {
    let mut dashboard = serde_json::from_str(text).expect("every dashboard that ships is JSON");
    add(&mut dashboard, labels);
    chain_variables(&mut dashboard, labels);
    dashboard_text(&dashboard)
}

/// The text of a dashboard: a value on each line, so that changes can be read. It is not indented,
/// because Kubernetes limits the size of a ConfigMap.
pub fn dashboard_text(dashboard: &Value) -> String {
    let mut text = Vec::new();
    let formatter = PrettyFormatter::with_indent(b"");
    let mut serializer = Serializer::with_formatter(&mut text, formatter);
    dashboard.serialize(&mut serializer).expect("writing to a Vec does not fail");
    text.push(b'\n');
    String::from_utf8(text).expect("JSON is text")
}

fn add(value: &mut Value, labels: &SiteLabels) {
    match value {
        Value::String(text) => *text = copy_mentions(text, labels),
        Value::Array(list) => {
            list.iter_mut().for_each(|item| add(item, labels));
            if let Some(at) = list.iter().position(is_about_model) {
                let copies = labels.names().iter().map(|label| copy(&list[at], label));
                list.splice(at..at, Vec::from_iter(copies));
            }
        }
        Value::Object(object) => {
            if let Some(Value::Object(positions)) = object.get_mut("indexByName") {
                add_positions(positions, labels);
            }
            object.values_mut().for_each(|item| add(item, labels));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether it is the variable or the column of the model.
fn is_about_model(item: &Value) -> bool {
    item["name"] == MODEL || item["matcher"]["options"] == MODEL
}

fn copy(value: &Value, label: &str) -> Value {
    match value {
        Value::String(text) => renamed(text, label).into(),
        Value::Array(list) => list.iter().map(|item| copy(item, label)).collect(),
        Value::Object(object) => {
            object.iter().map(|(key, item)| (key.clone(), copy(item, label))).collect()
        }
        other => other.clone(),
    }
}

/// The columns of the labels come before the column of the model.
fn add_positions(positions: &mut Map<String, Value>, labels: &SiteLabels) {
    let Some(at) = positions.get(MODEL).and_then(Value::as_u64) else { return };
    let added = labels.names().len() as u64;
    for position in positions.values_mut() {
        if let Some(old) = position.as_u64().filter(|old| *old >= at) {
            *position = json!(old + added);
        }
    }
    for (label, position) in labels.names().iter().zip(at..) {
        positions.insert(label.clone(), json!(position));
    }
}

/// The values of a variable depend on the variables before it. A dashboard without the model shows
/// other series, which do not have the labels of a site.
fn chain_variables(dashboard: &mut Value, labels: &SiteLabels) {
    let Some(variables) = dashboard["templating"]["list"].as_array_mut() else { return };
    if !variables.iter().any(|variable| variable["name"] == MODEL) {
        return;
    }
    let chain = labels.names().iter().map(String::as_str).chain([MODEL]);
    let mut matchers = Vec::new();
    for label in chain {
        if let Some(variable) = variables.iter_mut().find(|variable| variable["name"] == label) {
            let series = format!("longshore_pollers{{{}}}", matchers.join(", "));
            variable["query"]["query"] = json!(format!("label_values({series}, {label})"));
        }
        matchers.push(format!("{label}=~\"${label}\""));
    }
}
