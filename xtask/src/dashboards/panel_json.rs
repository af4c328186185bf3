//! The JSON of a panel, as Grafana reads it.

use serde_json::{Value, json};

use super::panel::{Description, Panel, PanelKind, SortOrder};
use super::query::{LineStyle, datasource};
use super::style::{Color, Threshold, fixed_color, legend_colors};
use super::table::Column;

impl Panel {
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
        let Description { shows, good, otherwise } = self.description;
        format!("{shows}\n\n**Good:** {good}\n\n**Otherwise:** {otherwise}")
    }

    fn kind(&self) -> &'static str {
        match self.kind {
            PanelKind::Stat | PanelKind::StatWithGraph | PanelKind::StatList => "stat",
            PanelKind::Lines | PanelKind::StackedAreas | PanelKind::StackedBars => "timeseries",
            PanelKind::Heatmap => "heatmap",
            PanelKind::Table { .. } => "table",
        }
    }

    fn defaults(&self) -> Value {
        let color = match self.kind {
            PanelKind::Stat
            | PanelKind::StatWithGraph
            | PanelKind::StatList
            | PanelKind::Table { .. } => "thresholds",
            PanelKind::Lines
            | PanelKind::StackedAreas
            | PanelKind::StackedBars
            | PanelKind::Heatmap => "palette-classic",
        };
        let mut defaults = json!({
            "color": { "mode": color },
            "mappings": self.mappings,
            "noValue": self.no_value,
            "thresholds": self.threshold.thresholds(),
            "unit": self.unit,
        });
        if color == "thresholds" && self.unit == "none" {
            // `increase` extrapolates, so a count of 3 can be 3.3.
            defaults["decimals"] = json!(0);
        }
        if let Some(custom) = self.custom() {
            defaults["custom"] = custom;
        }
        // The axis starts at zero, so that a small rise does not look large. Only budgets can be
        // negative.
        let is_drawn = matches!(
            self.kind,
            PanelKind::Lines | PanelKind::StackedAreas | PanelKind::StackedBars
        );
        if is_drawn && !matches!(self.threshold, Threshold::BadBelow(_)) {
            defaults["min"] = json!(0);
        }
        defaults
    }

    fn custom(&self) -> Option<Value> {
        let (draw_style, fill, stacking) = match self.kind {
            PanelKind::Lines => ("line", 8, "none"),
            PanelKind::StackedAreas => ("line", 40, "normal"),
            PanelKind::StackedBars => ("bars", 70, "normal"),
            PanelKind::Heatmap => {
                return Some(json!({ "scaleDistribution": { "type": "linear" } }));
            }
            PanelKind::Table { .. } => {
                return Some(json!({ "align": "auto", "filterable": false, "minWidth": 80 }));
            }
            PanelKind::Stat | PanelKind::StatWithGraph | PanelKind::StatList => return None,
        };
        let scale = if self.is_log_scale {
            json!({ "type": "symlog", "log": 10, "linearThreshold": 1 })
        } else {
            json!({ "type": "linear" })
        };
        let limit = if self.threshold == Threshold::None { "off" } else { "dashed" };
        Some(json!({
            "axisPlacement": "auto",
            "drawStyle": draw_style,
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
        match &self.kind {
            PanelKind::Table { columns, .. } => columns.iter().map(Column::json).collect(),
            PanelKind::Lines | PanelKind::StackedAreas | PanelKind::StackedBars => {
                let ids = ('A'..='Z').map(String::from);
                let lines =
                    self.queries.iter().zip(ids).filter_map(|(q, id)| line_override(q.line, &id));
                legend_colors(self.colored_legends).chain(lines).collect()
            }
            PanelKind::Stat
            | PanelKind::StatWithGraph
            | PanelKind::StatList
            | PanelKind::Heatmap => vec![],
        }
    }

    fn options(&self) -> Value {
        match &self.kind {
            PanelKind::Stat => stat_options("none", "value"),
            PanelKind::StatWithGraph => stat_options("area", "value"),
            PanelKind::StatList => stat_options("none", "value_and_name"),
            PanelKind::Lines | PanelKind::StackedAreas | PanelKind::StackedBars => json!({
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
            PanelKind::Heatmap => heatmap_options(self.unit),
            PanelKind::Table { sort, .. } => {
                let sort_by = |(column, order): &(_, _)| {
                    let is_descending = *order == SortOrder::Descending;
                    json!({ "displayName": column, "desc": is_descending })
                };
                json!({
                    "cellHeight": "sm",
                    "showHeader": true,
                    "sortBy": Vec::from_iter(sort.iter().map(sort_by)),
                })
            }
        }
    }

    /// Joins the results of a table's queries by the labels that they have in common.
    fn transformations(&self) -> Vec<Value> {
        let PanelKind::Table { columns, .. } = &self.kind else { return vec![] };
        let positions = columns.iter().enumerate();
        let positions: serde_json::Map<_, _> = positions
            .map(|(position, column)| (column.field.to_owned(), json!(position)))
            .collect();
        let hidden: serde_json::Map<_, _> = std::iter::once("Time")
            .chain(columns.iter().filter(|column| column.is_hidden).map(|column| column.field))
            .map(|field| (field.to_owned(), json!(true)))
            .collect();
        vec![
            json!({ "id": "merge", "options": {} }),
            json!({
                "id": "organize",
                "options": { "excludeByName": hidden, "indexByName": positions, "renameByName": {} },
            }),
        ]
    }
}

fn line_override(line: LineStyle, id: &str) -> Option<Value> {
    let properties = match line {
        LineStyle::Default => return None,
        LineStyle::Color(color) => vec![fixed_color(color)],
        LineStyle::Dashed => vec![
            fixed_color(Color::Grey),
            json!({ "id": "custom.lineStyle", "value": { "fill": "dash", "dash": [8, 6] } }),
            json!({ "id": "custom.lineWidth", "value": 2 }),
            json!({ "id": "custom.fillOpacity", "value": 0 }),
            json!({ "id": "custom.stacking", "value": { "group": "A", "mode": "none" } }),
        ],
    };
    Some(json!({ "matcher": { "id": "byFrameRefID", "options": id }, "properties": properties }))
}

fn stat_options(graph: &str, text: &str) -> Value {
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

fn heatmap_options(unit: &str) -> Value {
    json!({
        "calculate": false,
        "cellGap": 1,
        "color": {
            "exponent": 0.5,
            "fill": Color::Orange.code(),
            "mode": "scheme",
            "reverse": false,
            "scale": "exponential",
            "scheme": "Cividis",
            "steps": 64,
        },
        "exemplars": { "color": Color::Vermilion.code() },
        "filterValues": { "le": 1e-9 },
        "legend": { "show": true },
        "rowsFrame": { "layout": "auto" },
        "tooltip": { "mode": "single", "showColorScale": false, "yHistogram": false },
        "yAxis": { "axisPlacement": "left", "reverse": false, "unit": unit },
    })
}
