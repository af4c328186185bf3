//! Selectors that apply the variables of this dashboard.

/// The series of a recording of queues. All also matches queues without a label.
pub(super) fn recorded(name: &str) -> String {
    format!(r#"{name}{{account_id=~"$account_id", region=~"$region", queue=~"$queue"}}"#)
}

/// The firing alerts.
pub(super) fn firing_alerts() -> String {
    let labels = r#"account_id=~"$account_id", region=~"$region", queue=~"$queue""#;
    format!(r#"ALERTS{{{labels}, alertname=~"Sqs.*", alertstate="firing"}}"#)
}

/// The firing alerts of one severity.
pub(super) fn firing_alerts_of(severity: &str) -> String {
    firing_alerts().replace('}', &format!(r#", severity="{severity}"}}"#))
}

/// The ten queues with the highest value in the time range. A graph with more lines cannot be read.
pub(super) fn worst_ten(name: &str) -> String {
    let series = recorded(name);
    format!("{series}\nand\ntopk(10, max_over_time({series}[$__range] @ end()) > 0)")
}
