//! What a panel asks Prometheus, and how the answers look.
//!
//! Expressions are written short. `{@` stands for the matchers of the dashboard's variables, as far
//! as the metric before it has those labels; `(@` opens the list of labels that tell queues apart;
//! `@felt` are the SLOs of what users feel, all but polling.

use serde_json::{Value, json};

use super::look::Colour;
use crate::rules::{BY_QUEUE, FELT};
use longshore::telemetry::catalog;

/// The data source that the dashboard's variable names.
pub(super) fn datasource() -> Value {
    json!({ "type": "prometheus", "uid": "${datasource}" })
}

/// The legend of a series per queue. A label that a site does not have leaves nothing behind.
pub(super) const EACH_QUEUE: &str = "{{queue}} {{job}} {{namespace}} {{cluster}}";
/// The legend of a series per worker.
pub(super) const EACH_WORKER: &str = "{{instance}} {{job}} {{namespace}} {{cluster}}";

/// One query.
pub(super) struct Query {
    pub(super) expr: String,
    pub(super) legend: &'static str,
    pub(super) form: Form,
    pub(super) line: Line,
}

/// In which form the answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Values over the time that the dashboard shows.
    Series,
    /// The values at its end.
    Now,
    /// The same, as rows.
    Rows,
    /// Buckets over time.
    Buckets,
}

/// How the lines of a query are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// As the panel draws lines.
    Plain,
    /// Always in this colour, so that a thing looks the same in each panel.
    Solid(Colour),
    /// What is allowed, aimed at or unavoidable.
    Dashed,
}

impl Query {
    fn new(expr: &str, legend: &'static str, form: Form) -> Self {
        Self { expr: filled(expr), legend, form, line: Line::Plain }
    }

    pub(super) fn dashed(self) -> Self {
        Self { line: Line::Dashed, ..self }
    }

    pub(super) fn solid(self, colour: Colour) -> Self {
        Self { line: Line::Solid(colour), ..self }
    }

    pub(super) fn json(&self, id: &str) -> Value {
        let at_the_end = matches!(self.form, Form::Now | Form::Rows);
        json!({
            "datasource": datasource(),
            "editorMode": "code",
            "expr": self.expr,
            "format": match self.form {
                Form::Series | Form::Now => "time_series",
                Form::Rows => "table",
                Form::Buckets => "heatmap",
            },
            "instant": at_the_end,
            "legendFormat": self.legend,
            "range": !at_the_end,
            "refId": id,
        })
    }
}

/// A line, or one for each value of the legend's labels.
pub(super) fn series(legend: &'static str, expr: &str) -> Query {
    Query::new(expr, legend, Form::Series)
}

/// A number, or one for each value of the legend's labels.
pub(super) fn now(legend: &'static str, expr: &str) -> Query {
    Query::new(expr, legend, Form::Now)
}

/// A column of a table. Its name and unit are the table's to give.
pub(super) fn rows(expr: &str) -> Query {
    Query::new(expr, "", Form::Rows)
}

/// The buckets of a histogram; `of` are more matchers.
pub(super) fn buckets(histogram: &str, of: &str) -> Query {
    let expr = format!("sum by (le) (increase({histogram}_bucket{{@{of}}}[$__rate_interval]))");
    Query::new(&expr, "{{le}}", Form::Buckets)
}

/// A quantile of a histogram; nothing where nothing was observed.
pub(super) fn quantile(q: &str, legend: &'static str, histogram: &str, of: &str) -> Query {
    let expr = format!(
        "histogram_quantile({q}, sum by (le) (
  rate({histogram}_bucket{{@{of}}}[$__rate_interval])
))\n\
         and on () (sum(rate({histogram}_count{{@{of}}}[$__rate_interval])) > 0)"
    );
    series(legend, &expr)
}

/// The expression as Grafana gets it.
pub(super) fn filled(short: &str) -> String {
    let mut pieces = short.split("{@");
    let mut expr = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let matchers = matchers(last_word(&expr));
        expr = format!("{expr}{{{matchers}{piece}");
    }
    expr.replace("(@", &format!("({BY_QUEUE}")).replace("@felt", FELT)
}

fn last_word(text: &str) -> &str {
    let before = text.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    &text[before.len()..]
}

fn matchers(metric: &str) -> String {
    let site = r#"cluster=~"$cluster", namespace=~"$namespace", job=~"$job""#;
    let of_queue = r#", queue=~"$queue""#;
    let of_worker = r#", instance=~"$instance""#;
    let is_of_rules = metric.contains(':') || metric == "ALERTS";
    match (is_of_rules, has_queue(metric)) {
        (true, _) => format!("{site}{of_queue}"),
        (false, true) => format!("{site}{of_queue}{of_worker}"),
        (false, false) => format!("{site}{of_worker}"),
    }
}

fn has_queue(metric: &str) -> bool {
    let suffixes = ["", "_bucket", "_count", "_sum"];
    let names = suffixes.iter().filter_map(|suffix| metric.strip_suffix(suffix));
    names
        .filter_map(|name| catalog::ALL.iter().find(|metric| metric.name == name))
        .any(|metric| metric.labels.iter().any(|label| label.name == "queue"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_gets_the_matchers_that_its_metric_has_labels_for() {
        let of_queue = filled("longshore_pollers{@}");
        assert!(of_queue.contains("$queue") && of_queue.contains("$instance"), "{of_queue}");
        let of_worker = filled("longshore_draining{@}");
        assert!(!of_worker.contains("$queue") && of_worker.contains("$instance"), "{of_worker}");
        let recorded = filled("job_queue:longshore_request_price:usd{@}");
        assert!(recorded.contains("$queue") && !recorded.contains("$instance"), "{recorded}");
        let more =
            filled(r#"sum by (@) (longshore_receive_duration_seconds_sum{@, outcome="empty"})"#);
        assert!(more.starts_with("sum by (cluster, namespace, job, queue) ("), "{more}");
        assert!(more.ends_with(r#"instance=~"$instance", outcome="empty"})"#), "{more}");
    }
}
