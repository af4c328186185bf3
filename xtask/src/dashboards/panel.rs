//! A panel: its queries, its description, and how Grafana draws it.

use serde_json::Value;

use super::query::Query;
use super::style::{Threshold, value_mapping};
use super::table::Column;

/// A panel. Its width and height are in Grafana's units; a row is 24 units wide.
pub(super) struct Panel {
    pub(super) title: &'static str,
    pub(super) description: Description,
    pub(super) kind: PanelKind,
    pub(super) width: u16,
    pub(super) height: u16,
    pub(super) unit: &'static str,
    pub(super) no_value: &'static str,
    pub(super) threshold: Threshold,
    pub(super) is_log_scale: bool,
    pub(super) mappings: Vec<Value>,
    pub(super) colored_legends: &'static [&'static str],
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
    /// One number.
    Stat,
    /// One number, with a small graph of its past values.
    StatWithGraph,
    /// Several numbers with their names.
    StatList,
    /// A graph with one line per series.
    Lines,
    /// A graph with stacked areas.
    StackedAreas,
    /// A graph with stacked bars, for rare events.
    StackedBars,
    /// The buckets of a histogram over time.
    Heatmap,
    /// A table with one column per query or label.
    Table { columns: Vec<Column>, sort: Vec<(&'static str, SortOrder)> },
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
            PanelKind::Stat | PanelKind::StatWithGraph => (3, 4),
            PanelKind::StatList => (24, 4),
            PanelKind::Table { .. } => (24, 7),
            PanelKind::Lines
            | PanelKind::StackedAreas
            | PanelKind::StackedBars
            | PanelKind::Heatmap => (8, 8),
        };
        let (unit, no_value, threshold) = ("none", "no data", Threshold::None);
        let (mappings, colored_legends, queries) = (vec![], &[][..], vec![]);
        Self {
            title,
            description,
            kind,
            width,
            height,
            unit,
            no_value,
            threshold,
            is_log_scale: false,
            mappings,
            colored_legends,
            queries,
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

    /// The text that the panel shows if a query has no value.
    pub(super) fn no_value(self, no_value: &'static str) -> Self {
        Self { no_value, ..self }
    }

    pub(super) fn threshold(self, threshold: Threshold) -> Self {
        Self { threshold, ..self }
    }

    /// A symmetrical logarithmic axis: linear up to 1, then logarithmic. Burn rates need it,
    /// because the limit is 1 and a value can be in the hundreds.
    pub(super) fn log_scale(self) -> Self {
        Self { is_log_scale: true, ..self }
    }

    /// Shows a text instead of this value.
    pub(super) fn map_value(mut self, value: f64, text: &str) -> Self {
        self.mappings.push(value_mapping(value, text));
        self
    }

    /// Draws these legends in the color that they have in every panel.
    pub(super) fn fixed_colors(self, colored_legends: &'static [&'static str]) -> Self {
        Self { colored_legends, ..self }
    }

    pub(super) fn query(mut self, query: Query) -> Self {
        self.queries.push(query);
        self
    }
}
