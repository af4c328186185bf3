//! What is marked in time in all panels: alerts, and workers that come and go.

use serde_json::{Value, json};

use super::look::Colour;
use super::query::{datasource, filled};

/// Marks of every panel.
pub(super) fn all() -> Vec<Value> {
    let mark = |name, colour: Colour, expr: &str, title, text, tags| {
        json!({
            "datasource": datasource(),
            "enable": true,
            "expr": filled(expr),
            "hide": false,
            "iconColor": colour.code(),
            "name": name,
            "step": "60s",
            "tagKeys": tags,
            "textFormat": text,
            "titleFormat": title,
        })
    };
    vec![
        mark(
            "Alerts",
            Colour::Vermilion,
            r#"max by (@, slo, alertname, severity) (ALERTS{@, alertname=~"Longshore.*", alertstate="firing"})"#,
            "{{alertname}}",
            "{{queue}} {{slo}}",
            "severity",
        ),
        mark(
            "Deploys",
            Colour::Blue,
            "count by (cluster, namespace, job, version) (
  longshore_build_info{@}
  and on (cluster, namespace, job, instance) (time() - process_start_time_seconds{@} < 120)
)",
            "Workers started",
            "{{job}}: workers of Longshore {{version}} started",
            "job",
        ),
        mark(
            "Stops",
            Colour::Purple,
            "sum by (cluster, namespace, job) (longshore_draining{@}) > 0",
            "Workers stop",
            "{{job}}: workers drain",
            "job",
        ),
    ]
}
