//! What is marked in time in all panels: alerts, and workers that come and go.

use serde_json::{Value, json};

use super::look::Colour;
use super::promql::{firing_alerts, metric};
use super::query::datasource;
use crate::rules::BY_QUEUE;

/// Marks of every panel.
pub(super) fn all() -> Vec<Value> {
    let mark = |name, colour: Colour, expr: String, title, text, tags| {
        json!({
            "datasource": datasource(),
            "enable": true,
            "expr": expr,
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
            format!("max by ({BY_QUEUE}, slo, alertname, severity) ({})", firing_alerts()),
            "{{alertname}}",
            "{{queue}} {{slo}}",
            "severity",
        ),
        mark(
            "Deploys",
            Colour::Blue,
            format!(
                "count by (cluster, namespace, job, version) (
  {}
  and on (cluster, namespace, job, instance) (time() - {} < 120)
)",
                metric("longshore_build_info"),
                metric("process_start_time_seconds")
            ),
            "Workers started",
            "{{job}}: workers of Longshore {{version}} started",
            "job",
        ),
        mark(
            "Stops",
            Colour::Purple,
            format!("sum by (cluster, namespace, job) ({}) > 0", metric("longshore_draining")),
            "Workers stop",
            "{{job}}: workers drain",
            "job",
        ),
    ]
}
