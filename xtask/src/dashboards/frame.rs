//! What surrounds the panels of a dashboard: annotations and variables.

use std::fmt::Display;

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
    let mut alerts = firing_alerts(dashboard);
    // The table shows the other alerts of a single queue.
    if dashboard == DashboardId::Queue {
        alerts = alerts.with("severity", "critical");
    }
    let mut deploys = annotation(
        "Deploys",
        Color::Blue,
        starts(),
        "Workers started",
        "{{job}}: workers of Longshore {{version}} started",
        "job",
    );
    deploys["useValueForTime"] = json!(true);
    vec![
        alert_starts(alerts),
        deploys,
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

/// The workers that started up to two steps before a point. At the first point, Prometheus may not
/// have scraped them. The value is the time of the start in milliseconds, at which Grafana draws one
/// mark for both points.
fn starts() -> String {
    let started = metric("process_start_time_seconds");
    format!(
        "1000 * min by (cluster, namespace, job, version) (
  ({started} > time() - 120)
  * on (cluster, namespace, job, instance) group_left (version)
  {}
)",
        metric("longshore_build_info")
    )
}

/// The marks of alerts that fire, and did not fire one step earlier. A region for the whole time of
/// an alert would shade every graph for days.
pub(super) fn alert_starts(alerts: impl Display) -> Value {
    let starts = format!(
        "max by (alertname) (
  {alerts}
  unless
  {alerts} offset {STEP}
)"
    );
    let text = "An alert started to fire";
    annotation("Alerts", Color::Vermilion, starts, "{{alertname}}", text, "alertname")
}

fn annotation(
    name: &str,
    color: Color,
    expr: String,
    title: &str,
    text: &str,
    tags: &str,
) -> Value {
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
}

/// The variables at the top of a dashboard: the data source, and the labels that identify a worker.
pub(super) fn variables(shows_one_queue: bool) -> Vec<Value> {
    let site = r#"cluster=~"$cluster", namespace=~"$namespace""#;
    let by_job = format!(r#"{site}, job=~"$job""#);
    let by_queue = format!(r#"{by_job}, queue=~"$queue""#);
    vec![
        datasource_variable(),
        // A site may not have these two labels, so All also matches series without them.
        worker_variable("cluster", "", Some(".*")),
        worker_variable("namespace", r#"cluster=~"$cluster""#, Some(".*")),
        worker_variable("job", site, Some(".+")),
        worker_variable("queue", &by_job, (!shows_one_queue).then_some(".+")),
        worker_variable("instance", &by_queue, Some(".+")),
    ]
}

/// Every worker exports `longshore_pollers` for each of its queues.
fn worker_variable(name: &str, matchers: &str, all: Option<&str>) -> Value {
    let label = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
    variable(name, &label, &format!("longshore_pollers{{{matchers}}}"), all)
}

pub(super) fn datasource_variable() -> Value {
    json!({
        "hide": 0,
        "label": "Data source",
        "name": "datasource",
        "query": "prometheus",
        "refresh": 1,
        "type": "datasource",
    })
}

/// A variable with the values that a label has in these series. `all` is the regular expression of
/// the choice All; without it, exactly one value is chosen.
pub(super) fn variable(name: &str, label: &str, series: &str, all: Option<&str>) -> Value {
    let query = format!("label_values({series}, {name})");
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
