//! Selectors for the queries of panels. Each selector applies the variables of the dashboard.

use std::fmt::{self, Display};

use crate::rules::{BY_QUEUE, DashboardId, USER_FACING_SLOS};
use longshore::telemetry::catalog;

/// A metric with its matchers. Its `Display` form is PromQL.
#[derive(Debug, Clone)]
pub(super) struct Selector {
    metric: String,
    matchers: String,
}

/// Selects the series of a metric that match the variables of the dashboard. A variable is left out
/// if the metric does not have its label.
pub(super) fn metric(name: impl Into<String>) -> Selector {
    let metric = name.into();
    let mut matchers = r#"cluster=~"$cluster", namespace=~"$namespace", job=~"$job""#.to_owned();
    let is_recorded = metric.contains(':') || metric == "ALERTS";
    if is_recorded || has_queue_label(&metric) {
        matchers += r#", queue=~"$queue""#;
    }
    if !is_recorded {
        matchers += r#", instance=~"$instance""#;
    }
    Selector { metric, matchers }
}

/// The firing alerts of Longshore. The alerts on a whole fleet have no job and no queue, and only
/// the dashboard of the fleet shows them.
pub(super) fn firing_alerts(dashboard: DashboardId) -> Selector {
    let mut alerts = metric("ALERTS");
    if dashboard == DashboardId::Fleet {
        for label in ["job", "queue"] {
            let variable = format!("{label}=~\"${label}");
            alerts.matchers = alerts.matchers.replace(&variable, &format!("{variable}|"));
        }
    }
    alerts.matching("alertname", "Longshore.*").with("alertstate", "firing")
}

/// The series of the ten queues with the highest value in the time range, because a graph with more
/// lines cannot be read.
pub(super) fn worst_ten(expr: impl Display, of_range: impl Display) -> String {
    format!("{expr}\nand on ({BY_QUEUE})\ntopk(10, {of_range})")
}

/// The events in each bar of a graph, by a label, without values that did not occur. A filter on
/// each bar would leave gaps, and Grafana makes the bars between gaps as wide as the gaps.
pub(super) fn events(label: &str, counter: &Selector) -> String {
    that_occurred(label, counter, counter.events())
}

/// The events per second, by a label, without values that did not occur. In a stack, a line at zero
/// would be drawn on top of the others.
pub(super) fn rates(label: &str, counter: &Selector) -> String {
    that_occurred(label, counter, counter.rate())
}

fn that_occurred(label: &str, counter: &Selector, expr: String) -> String {
    let by_label = |expr: String| format!("sum by ({label}) (\n  {expr}\n)");
    format!("{}\nand on ({label})\n{} > 0", by_label(expr), by_label(counter.rate_of_range()))
}

fn has_queue_label(metric: &str) -> bool {
    let suffixes = ["", "_bucket", "_count", "_sum"];
    let names = suffixes.iter().filter_map(|suffix| metric.strip_suffix(suffix));
    names
        .filter_map(|name| catalog::ALL.iter().find(|metric| metric.name == name))
        .any(|metric| metric.labels.iter().any(|label| label.name == "queue"))
}

impl Selector {
    /// Only series with this value of the label.
    pub(super) fn with(self, label: &str, value: &str) -> Self {
        self.matcher(&format!("{label}=\"{value}\""))
    }

    /// Only series without this value of the label.
    pub(super) fn without(self, label: &str, value: &str) -> Self {
        self.matcher(&format!("{label}!=\"{value}\""))
    }

    /// Only series whose label matches the regular expression.
    pub(super) fn matching(self, label: &str, regex: &str) -> Self {
        self.matcher(&format!("{label}=~\"{regex}\""))
    }

    /// Only the SLOs that users notice: delivery, latency and freshness.
    pub(super) fn user_facing(self) -> Self {
        self.matcher(USER_FACING_SLOS)
    }

    fn matcher(mut self, matcher: &str) -> Self {
        self.matchers += ", ";
        self.matchers += matcher;
        self
    }

    /// The series of a histogram with this suffix, for example `_bucket`.
    pub(super) fn suffixed(&self, suffix: &str) -> Self {
        let Self { metric, matchers } = self;
        Self { metric: format!("{metric}{suffix}"), matchers: matchers.clone() }
    }

    /// The increase per second, over the interval that Grafana chooses.
    pub(super) fn rate(&self) -> String {
        format!("rate({self}[$__rate_interval])")
    }

    /// The number of events in each bar or cell of a graph. The windows of `increase` would overlap,
    /// so their sum would be too high.
    pub(super) fn events(&self) -> String {
        format!("{} * $__interval_ms / 1000", self.rate())
    }

    /// The increase over the time range of the dashboard.
    pub(super) fn increase_in_range(&self) -> String {
        format!("increase({self}[$__range])")
    }

    /// The last value in the time range of the dashboard.
    pub(super) fn last_in_range(&self) -> String {
        format!("last_over_time({self}[$__range])")
    }

    /// A function over a window that does not depend on the dashboard.
    pub(super) fn over(&self, function: &str, window: &str) -> String {
        format!("{function}({self}[{window}])")
    }

    /// A function over the time range of the dashboard.
    pub(super) fn over_range(&self, function: &str) -> String {
        self.over(function, "$__range")
    }

    /// The highest value in the interval that Grafana chooses, so that no short value is missed.
    pub(super) fn max(&self) -> String {
        format!("max_over_time({self}[$__rate_interval])")
    }

    /// The average in the interval that Grafana chooses.
    pub(super) fn average(&self) -> String {
        format!("avg_over_time({self}[$__rate_interval])")
    }

    /// The increase per second over the whole time range, at each point of a graph.
    pub(super) fn rate_of_range(&self) -> String {
        format!("rate({self}[$__range] @ end())")
    }

    /// The highest value of the whole time range, at each point of a graph.
    pub(super) fn max_of_range(&self) -> String {
        format!("max_over_time({self}[$__range] @ end())")
    }

    /// The lowest value of the whole time range, at each point of a graph.
    pub(super) fn min_of_range(&self) -> String {
        format!("min_over_time({self}[$__range] @ end())")
    }
}

impl Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { metric, matchers } = self;
        write!(f, "{metric}{{{matchers}}}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_applies_the_variables_whose_labels_the_metric_has() {
        let by_queue = metric("longshore_pollers").to_string();
        assert!(by_queue.contains("$queue") && by_queue.contains("$instance"), "{by_queue}");
        let by_worker = metric("longshore_draining").to_string();
        assert!(!by_worker.contains("$queue") && by_worker.contains("$instance"), "{by_worker}");
        let recorded = metric("job_queue:longshore_request_price:usd").to_string();
        assert!(recorded.contains("$queue") && !recorded.contains("$instance"), "{recorded}");
    }

    #[test]
    fn a_selector_appends_its_own_matchers() {
        let empty = metric("longshore_receive_duration_seconds_sum").with("outcome", "empty");
        assert!(empty.rate().starts_with("rate(longshore_receive_duration_seconds_sum{cluster"));
        let end = r#"instance=~"$instance", outcome="empty"}[$__rate_interval])"#;
        assert!(empty.rate().ends_with(end), "{}", empty.rate());
    }
}
