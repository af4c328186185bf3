//! A panel: what it shows, what good looks like there, and what to do where it does not.

use serde_json::{Value, json};

use super::look::{Bad, Colour, colours, fixed, said};
use super::query::{Line, Query, datasource};
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

    /// What matters lies about 1, and the rest may be hundreds: linear up to there, then by powers of ten.
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

    fn defaults(&self) -> Value {
        let colour = match self.look {
            Look::Number | Look::Trend | Look::Numbers | Look::Table { .. } => "thresholds",
            Look::Lines | Look::Stack | Look::Bars | Look::Heatmap => "palette-classic",
        };
        let mut defaults = json!({
            "color": { "mode": colour },
            "mappings": self.words,
            "noValue": self.none,
            "thresholds": self.bad.thresholds(),
            "unit": self.unit,
        });
        if colour == "thresholds" && self.unit == "none" {
            // `increase` guesses at what it did not see: 3 may come out as 3.3.
            defaults["decimals"] = json!(0);
        }
        if let Some(custom) = self.custom() {
            defaults["custom"] = custom;
        }
        // A small rise must not look like a cliff. Budgets alone go below zero.
        let is_drawn = matches!(self.look, Look::Lines | Look::Stack | Look::Bars);
        if is_drawn && !matches!(self.bad, Bad::Below(_)) {
            defaults["min"] = json!(0);
        }
        defaults
    }

    fn custom(&self) -> Option<Value> {
        let (style, fill, stacking) = match self.look {
            Look::Lines => ("line", 8, "none"),
            Look::Stack => ("line", 40, "normal"),
            Look::Bars => ("bars", 70, "normal"),
            Look::Heatmap => {
                return Some(json!({ "scaleDistribution": { "type": "linear" } }));
            }
            Look::Table { .. } => {
                return Some(json!({ "align": "auto", "filterable": false, "minWidth": 80 }));
            }
            Look::Number | Look::Trend | Look::Numbers => return None,
        };
        let scale = if self.is_steep {
            json!({ "type": "symlog", "log": 10, "linearThreshold": 1 })
        } else {
            json!({ "type": "linear" })
        };
        let limit = if self.bad == Bad::Never { "off" } else { "dashed" };
        Some(json!({
            "axisPlacement": "auto",
            "drawStyle": style,
            "fillOpacity": fill,
            "lineInterpolation": "linear",
            "lineWidth": 1,
            "scaleDistribution": scale,
            "showPoints": "never",
            "spanNulls": false,
            "stacking": { "group": "A", "mode": stacking },
            "thresholdsStyle": { "mode": limit },
        }))
    }

    fn overrides(&self) -> Vec<Value> {
        match &self.look {
            Look::Table { columns, .. } => columns.iter().map(Column::json).collect(),
            Look::Lines | Look::Stack | Look::Bars => {
                let ids = ('A'..='Z').map(String::from);
                let lines = self.queries.iter().zip(ids).filter_map(|(q, id)| drawn(q.line, &id));
                colours(self.legends).chain(lines).collect()
            }
            Look::Number | Look::Trend | Look::Numbers | Look::Heatmap => vec![],
        }
    }

    fn options(&self) -> Value {
        match &self.look {
            Look::Number => number("none", "value"),
            Look::Trend => number("area", "value"),
            Look::Numbers => number("none", "value_and_name"),
            Look::Lines | Look::Stack | Look::Bars => json!({
                "legend": {
                    "calcs": ["lastNotNull", "max"],
                    "displayMode": "table",
                    "placement": "bottom",
                    "showLegend": true,
                    "sortBy": "Last *",
                    "sortDesc": true,
                },
                "tooltip": { "mode": "multi", "sort": "desc" },
            }),
            Look::Heatmap => heatmap(self.unit),
            Look::Table { order, .. } => {
                let sort = |(column, order): &(_, _)| json!({ "displayName": column, "desc": *order == Order::HighestFirst });
                json!({
                    "cellHeight": "sm",
                    "showHeader": true,
                    "sortBy": Vec::from_iter(order.iter().map(sort)),
                })
            }
        }
    }

    /// The answers of a table's queries are joined by the labels they have in common.
    fn transformations(&self) -> Vec<Value> {
        let Look::Table { columns, .. } = &self.look else { return vec![] };
        let places = columns.iter().enumerate();
        let places: serde_json::Map<_, _> =
            places.map(|(place, column)| (column.field.to_owned(), json!(place))).collect();
        let hidden: serde_json::Map<_, _> = std::iter::once("Time")
            .chain(columns.iter().filter(|column| column.is_hidden).map(|column| column.field))
            .map(|field| (field.to_owned(), json!(true)))
            .collect();
        vec![
            json!({ "id": "merge", "options": {} }),
            json!({
                "id": "organize",
                "options": { "excludeByName": hidden, "indexByName": places, "renameByName": {} },
            }),
        ]
    }
}

fn drawn(line: Line, id: &str) -> Option<Value> {
    let properties = match line {
        Line::Plain => return None,
        Line::Solid(colour) => vec![fixed(colour)],
        Line::Dashed => vec![
            fixed(Colour::Grey),
            json!({ "id": "custom.lineStyle", "value": { "fill": "dash", "dash": [8, 6] } }),
            json!({ "id": "custom.lineWidth", "value": 2 }),
            json!({ "id": "custom.fillOpacity", "value": 0 }),
            json!({ "id": "custom.stacking", "value": { "group": "A", "mode": "none" } }),
        ],
    };
    Some(json!({ "matcher": { "id": "byFrameRefID", "options": id }, "properties": properties }))
}

fn number(graph: &str, text: &str) -> Value {
    json!({
        "colorMode": "value",
        "graphMode": graph,
        "justifyMode": "auto",
        "orientation": "auto",
        "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
        "showPercentChange": false,
        "textMode": text,
        "wideLayout": true,
    })
}

fn heatmap(unit: &str) -> Value {
    json!({
        "calculate": false,
        "cellGap": 1,
        "color": {
            "exponent": 0.5,
            "fill": Colour::Orange.code(),
            "mode": "scheme",
            "reverse": false,
            "scale": "exponential",
            "scheme": "Cividis",
            "steps": 64,
        },
        "exemplars": { "color": Colour::Vermilion.code() },
        "filterValues": { "le": 1e-9 },
        "legend": { "show": true },
        "rowsFrame": { "layout": "auto" },
        "tooltip": { "mode": "single", "showColorScale": false, "yHistogram": false },
        "yAxis": { "axisPlacement": "left", "reverse": false, "unit": unit },
    })
}
