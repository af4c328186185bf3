//! A panel: its queries, its description, and how Grafana draws it.

use serde_json::Value;

use super::query::Query;
use super::style::{Threshold, range_mapping, value_mapping};
use super::table::Column;

/// A panel. Its width and height are in Grafana's units; a row is 24 units wide.
pub(super) struct Panel {
    pub(super) title: &'static str,
    pub(super) description: Description,
    pub(super) kind: PanelKind,
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) unit: &'static str,
    pub(super) decimals: Option<u8>,
    pub(super) no_value: &'static str,
    pub(super) threshold: Threshold,
    pub(super) axis: Axis,
    pub(super) mappings: Vec<Value>,
    pub(super) colored_legends: Vec<&'static str>,
    /// The alerts whose cause the panel shows.
    pub(super) alerts: &'static [&'static str],
    pub(super) queries: Vec<Query>,
}

/// The text that a reader sees when pointing at the title of a panel.
pub(super) struct Description {
    /// What the panel shows.
    pub(super) shows: &'static str,
    /// Which values are good.
    pub(super) good: &'static str,
    /// What to do if the values are not good.
    pub(super) otherwise: &'static str,
}

/// How a panel shows its queries.
pub(super) enum PanelKind {
    /// One number for each series. With several queries, each number has its name.
    Stat,
    /// One number with the name of its series.
    NamedStat,
    /// A graph with one line per series.
    Lines,
    /// A graph with stacked areas.
    StackedAreas,
    /// A graph with stacked bars, for events.
    StackedBars,
    /// The buckets of a histogram over time.
    Heatmap,
    /// A table with one column per query or label.
    Table { columns: Vec<Column>, sort: Vec<(&'static str, SortOrder)> },
}

/// The vertical axis of a graph.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Axis {
    /// From zero to at least this value. A small rise must not look large.
    FromZero { to_at_least: f64 },
    /// Between two fixed values.
    Fixed { min: f64, max: f64 },
    /// Logarithmic, for times: one long value must not flatten all others.
    Logarithmic,
}

/// The order of the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SortOrder {
    Ascending,
    Descending,
}

impl Panel {
    pub(super) fn new(kind: PanelKind, title: &'static str, description: Description) -> Self {
        let (width, height) = match kind {
            PanelKind::Stat | PanelKind::NamedStat => (6, 3),
            PanelKind::Table { .. } => (24, 7),
            PanelKind::Lines
            | PanelKind::StackedAreas
            | PanelKind::StackedBars
            | PanelKind::Heatmap => (8, 7),
        };
        Self {
            title,
            description,
            kind,
            width,
            height,
            unit: "none",
            decimals: None,
            no_value: "no data",
            threshold: Threshold::None,
            axis: Axis::FromZero { to_at_least: 1.0 },
            mappings: vec![],
            colored_legends: vec![],
            alerts: &[],
            queries: vec![],
        }
    }

    pub(super) fn width(self, width: u16) -> Self {
        Self { width, ..self }
    }

    pub(super) fn height(self, height: u16) -> Self {
        Self { height, ..self }
    }

    pub(super) fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// A number without decimals: a count, which Prometheus extrapolates from 3 to 3.3, or a share.
    pub(super) fn whole(self) -> Self {
        Self { decimals: Some(0), ..self }
    }

    /// The text that the panel shows if a query has no value.
    pub(super) fn no_value(self, no_value: &'static str) -> Self {
        Self { no_value, ..self }
    }

    pub(super) fn threshold(self, threshold: Threshold) -> Self {
        Self { threshold, ..self }
    }

    pub(super) fn axis(self, axis: Axis) -> Self {
        Self { axis, ..self }
    }

    /// The axis reaches this value, even if all values are smaller.
    pub(super) fn axis_to(self, to_at_least: f64) -> Self {
        self.axis(Axis::FromZero { to_at_least })
    }

    /// Shows a text instead of this value.
    pub(super) fn map_value(mut self, value: f64, text: &str) -> Self {
        self.mappings.push(value_mapping(value, text));
        self
    }

    /// Shows a text instead of values from one number to another.
    pub(super) fn map_range(mut self, from: f64, to: f64, text: &str) -> Self {
        self.mappings.push(range_mapping(Some(from), Some(to), text));
        self
    }

    /// Shows a text instead of values up to this one.
    pub(super) fn map_to(mut self, to: f64, text: &str) -> Self {
        self.mappings.push(range_mapping(None, Some(to), text));
        self
    }

    /// Draws these legends in the color that they have in every panel.
    pub(super) fn fixed_colors(mut self, legends: &[&'static str]) -> Self {
        self.colored_legends.extend(legends);
        self
    }

    /// The alerts whose cause the panel shows. The description links to their runbooks.
    pub(super) fn explains(self, alerts: &'static [&'static str]) -> Self {
        Self { alerts, ..self }
    }

    pub(super) fn query(mut self, query: Query) -> Self {
        self.queries.push(query);
        self
    }
}
