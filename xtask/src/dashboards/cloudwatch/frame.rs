//! What surrounds the panels: the variables, the links and the marks of alerts.

use serde_json::{Value, json};

use super::overview;
use super::selector::firing_alerts;
use crate::dashboards::frame::{alert_starts, datasource_variable, variable};

/// The dashboard in the classic JSON that Grafana imports. Its variables, marks and links are those of
/// CloudWatch's metrics, not those of workers.
pub(in crate::dashboards) fn json() -> Value {
    let mut json = overview::dashboard().json();
    json["annotations"] = json!({ "list": [alert_starts(firing_alerts())] });
    json["links"] = json!([runbooks()]);
    json["tags"] = json!(["sqs", "cloudwatch"]);
    json["templating"] = json!({ "list": variables() });
    json
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
    let mut variables = vec![datasource_variable()];
    let mut matchers = vec![];
    for (name, label) in [("account_id", "Account"), ("region", "Region"), ("queue", "Queue")] {
        let series = format!("sqs:queue:known{{{}}}", matchers.join(", "));
        matchers.push(format!(r#"{name}=~"${name}""#));
        variables.push(variable(name, label, &series, Some(".*")));
    }
    variables
}
