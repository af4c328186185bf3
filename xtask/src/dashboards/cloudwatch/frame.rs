//! What surrounds the panels: the variables, the links and the marks of alerts.

use serde_json::{Value, json};

use super::overview;
use super::selector::firing_alerts;
use crate::dashboards::query::datasource;
use crate::dashboards::style::Color;

/// The dashboard in the classic JSON that Grafana imports. Its variables, marks and links are those of
/// CloudWatch's metrics, not those of workers.
pub(in crate::dashboards) fn json() -> Value {
    let mut json = overview::dashboard().json();
    json["annotations"] = json!({ "list": [alert_starts()] });
    json["links"] = json!([runbooks()]);
    json["tags"] = json!(["sqs", "cloudwatch"]);
    json["templating"] = json!({ "list": variables() });
    json
}

/// Alerts that fire, and did not fire a minute earlier.
fn alert_starts() -> Value {
    let alerts = firing_alerts();
    json!({
        "datasource": datasource(),
        "enable": true,
        "expr": format!("max by (alertname) (\n  {alerts}\n  unless\n  {alerts} offset 1m\n)"),
        "hide": false,
        "iconColor": Color::Vermilion.code(),
        "name": "Alerts",
        "step": "60s",
        "tagKeys": "alertname",
        "textFormat": "An alert started to fire",
        "titleFormat": "{{alertname}}",
    })
}

fn runbooks() -> Value {
    json!({
        "asDropdown": false,
        "icon": "doc",
        "includeVars": false,
        "keepTime": false,
        "tags": [],
        "targetBlank": true,
        "title": "Runbooks",
        "tooltip": "",
        "type": "link",
        "url": overview::runbook(),
    })
}

/// The data source, and the labels that identify a queue. An exporter may not add the first two.
fn variables() -> Vec<Value> {
    let mut variables = vec![json!({
        "hide": 0,
        "label": "Data source",
        "name": "datasource",
        "query": "prometheus",
        "refresh": 1,
        "type": "datasource",
    })];
    let mut matchers = vec![];
    for (name, label) in [("account_id", "Account"), ("region", "Region"), ("queue", "Queue")] {
        let query = format!("label_values(sqs:queue:known{{{}}}, {name})", matchers.join(", "));
        matchers.push(format!(r#"{name}=~"${name}""#));
        variables.push(json!({
            "allValue": ".*",
            "current": { "text": ["All"], "value": ["$__all"] },
            "datasource": datasource(),
            "hide": 0,
            "includeAll": true,
            "label": label,
            "multi": true,
            "name": name,
            "query": { "query": query, "refId": name },
            "refresh": 2,
            "regex": "",
            "sort": 1,
            "type": "query",
        }));
    }
    variables
}
