//! A panel: what it shows, what good looks like there, and what to do where it does not.

mod fields;
mod options;

use serde_json::{Value, json};

use super::look::{Bad, said};
use super::query::{Query, datasource};
use super::table::Column;

/// A panel. Its sizes are in Grafana's units, 24 to a line.
pub(super) struct Panel {
    title: &'static str,
    about: About,
    pub(super) look: Look,
    pub(super) width: u16,
    pub(super) height: u16,
    unit: &'static str,
    none: &'static str,
    bad: Bad,
    is_steep: bool,
    words: Vec<Value>,
    legends: &'static [&'static str],
    queries: Vec<Query>,
}

/// What a panel's description says.
pub(super) struct About {
    /// What is shown.
    pub(super) shows: &'static str,
    /// What good looks like.
    pub(super) good: &'static str,
    /// What to do where it does not look like that.
    pub(super) otherwise: &'static str,
}

/// What kind of panel it is.
pub(super) enum Look {
    /// A big number.
    Number,
    /// A big number over what it was.
    Trend,
    /// Several numbers with their names.
    Numbers,
    /// Lines.
    Lines,
    /// Areas on top of each other.
    Stack,
    /// Bars on top of each other, for what happens now and then.
    Bars,
    /// Buckets over time.
    Heatmap,
    /// Rows and columns.
    Table { columns: Vec<Column>, order: Vec<(&'static str, Order)> },
}

/// Which rows come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    LowestFirst,
    HighestFirst,
}

impl Panel {
    pub(super) fn new(look: Look, title: &'static str, about: About) -> Self {
        let (width, height) = match look {
            Look::Number | Look::Trend => (3, 4),
            Look::Numbers => (24, 4),
            Look::Table { .. } => (24, 7),
            Look::Lines | Look::Stack | Look::Bars | Look::Heatmap => (8, 8),
        };
        let (unit, none, bad) = ("none", "no data", Bad::Never);
        let (words, legends, queries) = (vec![], &[][..], vec![]);
        Self {
            title,
            about,
            look,
            width,
            height,
            unit,
            none,
            bad,
            is_steep: false,
            words,
            legends,
            queries,
        }
    }

    pub(super) fn wide(self, width: u16) -> Self {
        Self { width, ..self }
    }

    pub(super) fn high(self, height: u16) -> Self {
        Self { height, ..self }
    }

    pub(super) fn unit(self, unit: &'static str) -> Self {
        Self { unit, ..self }
    }

    /// What is written where there is no value.
    pub(super) fn none(self, none: &'static str) -> Self {
        Self { none, ..self }
    }

    pub(super) fn bad(self, bad: Bad) -> Self {
        Self { bad, ..self }
    }

    /// What matters lies about 1, and the rest may be hundreds: linear up to there, then by powers
    /// of ten.
    pub(super) fn steep(self) -> Self {
        Self { is_steep: true, ..self }
    }

    /// Says a value in words.
    pub(super) fn say(mut self, value: f64, text: &str) -> Self {
        self.words.push(said(value, text));
        self
    }

    /// These legends have their own colours, the same in each panel.
    pub(super) fn coloured(self, legends: &'static [&'static str]) -> Self {
        Self { legends, ..self }
    }

    pub(super) fn ask(mut self, query: Query) -> Self {
        self.queries.push(query);
        self
    }

    pub(super) fn json(&self, id: usize, x: u16, y: u16) -> Value {
        let ids = ('A'..='Z').map(String::from);
        let targets: Vec<_> = self.queries.iter().zip(ids).map(|(q, id)| q.json(&id)).collect();
        json!({
            "id": id,
            "type": self.kind(),
            "title": self.title,
            "description": self.description(),
            "datasource": datasource(),
            "gridPos": { "x": x, "y": y, "w": self.width, "h": self.height },
            "fieldConfig": { "defaults": self.defaults(), "overrides": self.overrides() },
            "options": self.options(),
            "pluginVersion": "11.0.0",
            "targets": targets,
            "transformations": self.transformations(),
        })
    }

    fn description(&self) -> String {
        let About { shows, good, otherwise } = self.about;
        format!("{shows}\n\n**Good:** {good}\n\n**Otherwise:** {otherwise}")
    }

    fn kind(&self) -> &'static str {
        match self.look {
            Look::Number | Look::Trend | Look::Numbers => "stat",
            Look::Lines | Look::Stack | Look::Bars => "timeseries",
            Look::Heatmap => "heatmap",
            Look::Table { .. } => "table",
        }
    }
}
