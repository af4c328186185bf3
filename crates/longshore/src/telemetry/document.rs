//! The catalogue as people and programs read it.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::catalog::{ALL, Kind, Label, Metric};

/// The catalogue as a Markdown table.
pub fn markdown() -> String {
    let mut text =
        String::from("| metric | kind | labels | what it says |\n| --- | --- | --- | --- |\n");
    for metric in ALL {
        let labels: Vec<_> = metric.labels.iter().map(label_text).collect();
        let (name, kind, help) = (metric.name, metric.kind.as_str(), metric.help);
        writeln!(text, "| `{name}` | {kind} | {} | {help} |", labels.join("; "))
            .expect("a String takes all that is written to it");
    }
    text
}

/// The catalogue as JSON: an array of metrics.
pub fn json() -> Value {
    ALL.iter().map(|metric| metric_json(metric)).collect()
}

fn label_text(label: &Label) -> String {
    match label.values {
        Some(values) => format!("`{}` = {}", label.name, values.join(", ")),
        None => format!("`{}`", label.name),
    }
}

fn metric_json(metric: &Metric) -> Value {
    let labels: Vec<_> = metric
        .labels
        .iter()
        .map(|label| json!({ "name": label.name, "values": label.values }))
        .collect();
    let buckets = match metric.kind {
        Kind::Histogram(buckets) => Some(buckets),
        Kind::Counter | Kind::Gauge => None,
    };
    json!({
        "name": metric.name,
        "kind": metric.kind.as_str(),
        "help": metric.help,
        "labels": labels,
        "buckets": buckets,
    })
}
