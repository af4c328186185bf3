//! The queries of panels, and how Grafana draws their results.

use std::fmt::Display;

use serde_json::{Value, json};

use super::promql::Selector;
use super::style::{Color, Threshold};

/// The data source that the variable of the dashboard selects.
pub(super) fn datasource() -> Value {
    json!({ "type": "prometheus", "uid": "${datasource}" })
}

/// The legend of one series per queue. Grafana leaves out the labels that a series does not have.
/// More labels do not fit into a legend.
pub(super) const QUEUE_LEGEND: &str = "{{queue}} {{cluster}}";
/// The legend of one series per worker.
pub(super) const WORKER_LEGEND: &str = "{{instance}} {{cluster}}";
/// The legend of one series per job.
pub(super) const JOB_LEGEND: &str = "{{job}} {{cluster}}";

/// One query.
pub(super) struct Query {
    pub(super) expr: String,
    pub(super) legend: &'static str,
    pub(super) format: Format,
    pub(super) line: LineStyle,
    /// The limits of this query's number, if its panel shows several numbers.
    pub(super) threshold: Threshold,
    has_exemplars: bool,
}

/// The format of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// Values over the time range of the dashboard.
    TimeSeries,
    /// The values at the end of the time range.
    Instant,
    /// The values at the end of the time range, as rows of a table.
    Table,
    /// The buckets of a histogram over the time range.
    Heatmap,
}

/// How the lines of a query are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineStyle {
    /// A solid line, in the color that Grafana chooses.
    Default,
    /// A solid line in this color.
    Color(Color),
    /// A dashed grey line, for limits and objectives.
    Dashed,
}

impl Query {
    fn new(expr: impl Display, legend: &'static str, format: Format) -> Self {
        Self {
            expr: expr.to_string(),
            legend,
            format,
            line: LineStyle::Default,
            threshold: Threshold::None,
            has_exemplars: false,
        }
    }

    pub(super) fn dashed(self) -> Self {
        Self { line: LineStyle::Dashed, ..self }
    }

    pub(super) fn color(self, color: Color) -> Self {
        Self { line: LineStyle::Color(color), ..self }
    }

    pub(super) fn threshold(self, threshold: Threshold) -> Self {
        Self { threshold, ..self }
    }

    /// Also shows the traces of single observations.
    fn with_exemplars(self) -> Self {
        Self { has_exemplars: true, ..self }
    }

    pub(super) fn json(&self, id: &str) -> Value {
        let is_instant = matches!(self.format, Format::Instant | Format::Table);
        let mut target = json!({
            "datasource": datasource(),
            "editorMode": "code",
            "expr": self.expr,
            "format": match self.format {
                Format::TimeSeries | Format::Instant => "time_series",
                Format::Table => "table",
                Format::Heatmap => "heatmap",
            },
            "instant": is_instant,
            "legendFormat": self.legend,
            "range": !is_instant,
            "refId": id,
        });
        if self.has_exemplars {
            target["exemplar"] = json!(true);
        }
        target
    }
}

/// A query for values over time.
pub(super) fn series(legend: &'static str, expr: impl Display) -> Query {
    Query::new(expr, legend, Format::TimeSeries)
}

/// A query for the current value.
pub(super) fn instant(legend: &'static str, expr: impl Display) -> Query {
    Query::new(expr, legend, Format::Instant)
}

/// A query for one column of a table. The column has the name and the unit.
pub(super) fn rows(expr: impl Display) -> Query {
    Query::new(expr, "", Format::Table)
}

/// The buckets of a histogram.
pub(super) fn buckets(histogram: &Selector) -> Query {
    let expr = format!("sum by (le) ({})", histogram.suffixed("_bucket").events());
    Query::new(expr, "{{le}}", Format::Heatmap)
}

/// The buckets of a histogram that has exemplars.
pub(super) fn traced_buckets(histogram: &Selector) -> Query {
    buckets(histogram).with_exemplars()
}

/// A quantile of a histogram that has exemplars.
pub(super) fn traced_quantile(q: &str, legend: &'static str, histogram: &Selector) -> Query {
    quantile(q, legend, histogram).with_exemplars()
}

/// A quantile of a histogram. It has no value while nothing is observed.
pub(super) fn quantile(q: &str, legend: &'static str, histogram: &Selector) -> Query {
    let bucket = histogram.suffixed("_bucket").rate();
    // The count can rise before the buckets do: they appear with the first observation.
    let count = histogram.suffixed("_bucket").with("le", "+Inf").rate();
    let expr = format!(
        "histogram_quantile({q}, sum by (le) (
  {bucket}
))
and on () (sum({count}) > 0)"
    );
    series(legend, expr)
}
