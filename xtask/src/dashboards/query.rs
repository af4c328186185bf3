//! What a panel asks Prometheus, and how the answers look.

use std::fmt::Display;

use serde_json::{Value, json};

use super::look::Colour;
use super::promql::Selector;

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
    fn new(expr: impl Display, legend: &'static str, form: Form) -> Self {
        Self { expr: expr.to_string(), legend, form, line: Line::Plain }
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
pub(super) fn series(legend: &'static str, expr: impl Display) -> Query {
    Query::new(expr, legend, Form::Series)
}

/// A number, or one for each value of the legend's labels.
pub(super) fn now(legend: &'static str, expr: impl Display) -> Query {
    Query::new(expr, legend, Form::Now)
}

/// A column of a table. Its name and unit are the table's to give.
pub(super) fn rows(expr: impl Display) -> Query {
    Query::new(expr, "", Form::Rows)
}

/// The buckets of a histogram.
pub(super) fn buckets(histogram: &Selector) -> Query {
    let expr = format!("sum by (le) ({})", histogram.suffixed("_bucket").increase());
    Query::new(expr, "{{le}}", Form::Buckets)
}

/// A quantile of a histogram. It has no value while nothing is observed.
pub(super) fn quantile(q: &str, legend: &'static str, histogram: &Selector) -> Query {
    let bucket = histogram.suffixed("_bucket").rate();
    let count = histogram.suffixed("_count").rate();
    let expr = format!(
        "histogram_quantile({q}, sum by (le) (
  {bucket}
))
and on () (sum({count}) > 0)"
    );
    series(legend, expr)
}
