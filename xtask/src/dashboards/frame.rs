//! What surrounds the panels of a dashboard: annotations and variables.

use serde_json::{Value, json};

use super::promql::{firing_alerts, metric};
use super::query::datasource;
use super::style::Color;
use crate::rules::DashboardId;

/// The time between two points of an annotation. What is shorter must be found by a window of the
/// same length.
const STEP: &str = "60s";

/// Events that every graph marks: alerts, started workers and shutdowns.
pub(super) fn annotations(dashboard: DashboardId) -> Vec<Value> {
    let annotation = |name, color: Color, expr: String, title, text, tags| {
        json!({
            "datasource": datasource(),
            "enable": true,
            "expr": expr,
            "hide": false,
            "iconColor": color.code(),
            "name": name,
            "step": STEP,
            "tagKeys": tags,
            "textFormat": text,
            "titleFormat": title,
        })
    };
    vec![
        annotation(
            "Alerts",
            Color::Vermilion,
            alert_starts(dashboard),
            "{{alertname}}",
            "An alert started to fire",
            "alertname",
        ),
        annotation(
            "Deploys",
            Color::Blue,
            format!(
                "count by (cluster, namespace, job, version) (
  {}
  and on (cluster, namespace, job, instance) (time() - {} < 120)
  and on (cluster, namespace, job, instance) (time() - {} >= 60)
)",
                metric("longshore_build_info"),
                metric("process_start_time_seconds"),
                metric("process_start_time_seconds")
            ),
            "Workers started",
            "{{job}}: workers of Longshore {{version}} started",
            "job",
        ),
        annotation(
            "Shutdowns",
            Color::Purple,
            format!(
                "sum by (cluster, namespace, job) (
  max_over_time({}[{STEP}])
) > 0",
                metric("longshore_draining")
            ),
            "Workers draining",
            "{{job}}: workers are draining",
            "job",
        ),
    ]
}

/// Alerts that fire, and did not fire one step earlier. A region for the whole time of an alert
/// would shade every graph for days. A single queue has its critical alerts only, because the table
/// shows the others.
fn alert_starts(dashboard: DashboardId) -> String {
    let mut alerts = firing_alerts(dashboard);
    if dashboard == DashboardId::Queue {
        alerts = alerts.with("severity", "critical");
    }
    format!(
        "max by (alertname) (
  {alerts}
  unless
  {alerts} offset {STEP}
)"
    )
}

/// The variables at the top of a dashboard: the data source, and the labels that identify a worker.
pub(super) fn variables(shows_one_queue: bool) -> Vec<Value> {
    let site = r#"cluster=~"$cluster", namespace=~"$namespace""#;
    let by_job = format!(r#"{site}, job=~"$job""#);
    let by_queue = format!(r#"{by_job}, queue=~"$queue""#);
    vec![
        json!({
            "hide": 0,
            "label": "Data source",
            "name": "datasource",
            "query": "prometheus",
            "refresh": 1,
            "type": "datasource",
        }),
        // A site may not have these two labels, so All also matches series without them.
        variable("cluster", "", Some(".*")),
        variable("namespace", r#"cluster=~"$cluster""#, Some(".*")),
        variable("job", site, Some(".+")),
        variable("queue", &by_job, (!shows_one_queue).then_some(".+")),
        variable("instance", &by_queue, Some(".+")),
    ]
}

/// A variable with the values of a label. `all` is the regular expression of the choice All;
/// without it, exactly one value is chosen. Every worker exports `longshore_pollers` for each of
/// its queues.
fn variable(name: &str, matchers: &str, all: Option<&str>) -> Value {
    let query = format!("label_values(longshore_pollers{{{matchers}}}, {name})");
    let label = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
    let mut variable = json!({
        "datasource": datasource(),
        "hide": 0,
        "includeAll": all.is_some(),
        "label": label,
        "multi": all.is_some(),
        "name": name,
        "query": { "query": query, "refId": name },
        "refresh": 2,
        "regex": "",
        "sort": 1,
        "type": "query",
    });
    if let Some(all) = all {
        variable["allValue"] = json!(all);
        variable["current"] = json!({ "text": ["All"], "value": ["$__all"] });
    }
    variable
}
