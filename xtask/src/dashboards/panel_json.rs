//! The JSON of a panel, as Grafana reads it.

use serde_json::{Value, json};

use super::options;
use super::panel::{Axis, Description, Panel, PanelKind};
use super::query::{LineStyle, datasource};
use super::style::{Color, Paint, Threshold, fixed_color, legend_colors, unknown_mapping};
use super::table::Column;
use crate::rules::runbook_url;

/// The number of bars in a graph. Each is then much longer than the scrape interval, so an event is
/// in one bar.
const BARS: u64 = 40;
/// Up to this number of lines, they are thick.
const FEW_LINES: usize = 3;

impl Panel {
    pub(super) fn json(&self, id: usize, x: u16, y: u16) -> Value {
        let targets: Vec<_> = self.queries.iter().zip(ids()).map(|(q, id)| q.json(&id)).collect();
        let mut panel = json!({
            "id": id,
            "type": self.kind(),
            "title": self.title,
            "description": self.description(),
            "datasource": datasource(),
            "gridPos": { "x": x, "y": y, "w": self.width, "h": self.height },
            "fieldConfig": { "defaults": self.defaults(), "overrides": self.overrides() },
            "options": options::of(self),
            "pluginVersion": "11.0.0",
            "targets": targets,
            "transformations": self.transformations(),
        });
        if matches!(self.kind, PanelKind::StackedBars) {
            panel["maxDataPoints"] = json!(BARS);
        }
        panel
    }

    fn description(&self) -> String {
        let Description { shows, good, otherwise } = self.description;
        let text = format!("{shows}\n\n**Good:** {good}\n\n**Otherwise:** {otherwise}");
        if self.alerts.is_empty() {
            return text;
        }
        let links = self.alerts.iter().map(|alert| format!("[{alert}]({})", runbook_url(alert)));
        format!("{text}\n\n**Alerts:** {}", Vec::from_iter(links).join(", "))
    }

    fn kind(&self) -> &'static str {
        match self.kind {
            PanelKind::Stat | PanelKind::NamedStat => "stat",
            PanelKind::Lines | PanelKind::StackedAreas | PanelKind::StackedBars => "timeseries",
            PanelKind::Heatmap => "heatmap",
            PanelKind::Table { .. } => "table",
        }
    }

    fn is_stat(&self) -> bool {
        matches!(self.kind, PanelKind::Stat | PanelKind::NamedStat)
    }

    fn is_graph(&self) -> bool {
        self.kind() == "timeseries"
    }

    fn defaults(&self) -> Value {
        let (color, paint) = if self.is_stat() || self.kind() == "table" {
            ("thresholds", Paint::Background)
        } else {
            ("palette-classic", Paint::Line)
        };
        let mut mappings = self.mappings.clone();
        if self.is_stat() {
            mappings.push(unknown_mapping(self.no_value));
        }
        let mut defaults = json!({
            "color": { "mode": color },
            "mappings": mappings,
            "noValue": self.no_value,
            "thresholds": self.threshold.thresholds(paint),
            "unit": self.unit,
        });
        if let Some(decimals) = self.decimals {
            defaults["decimals"] = json!(decimals);
        }
        if let Some(custom) = self.custom() {
            defaults["custom"] = custom;
        }
        if self.is_graph() {
            match self.axis {
                Axis::FromZero { .. } => defaults["min"] = json!(0),
                Axis::Fixed { min, max } => {
                    (defaults["min"], defaults["max"]) = (json!(min), json!(max));
                }
                Axis::Logarithmic => {}
            }
        }
        defaults
    }

    fn custom(&self) -> Option<Value> {
        let (draw_style, fill, stacking) = match self.kind {
            PanelKind::Lines => ("line", 0, "none"),
            PanelKind::StackedAreas => ("line", 40, "normal"),
            PanelKind::StackedBars => ("bars", 70, "normal"),
            PanelKind::Heatmap => {
                return Some(json!({ "scaleDistribution": { "type": "linear" } }));
            }
            PanelKind::Table { .. } => {
                return Some(json!({ "align": "auto", "filterable": false, "minWidth": 60 }));
            }
            PanelKind::Stat | PanelKind::NamedStat => return None,
        };
        let has_few_lines = self.queries.len() <= FEW_LINES
            && self.queries.iter().all(|query| query.line != LineStyle::Default);
        let limit = if self.threshold == Threshold::None { "off" } else { "dashed" };
        let mut custom = json!({
            "axisPlacement": "auto",
            "drawStyle": draw_style,
            "fillOpacity": fill,
            "lineInterpolation": "linear",
            "lineWidth": if has_few_lines { 2 } else { 1 },
            "scaleDistribution": { "type": "linear" },
            "showPoints": "never",
            "spanNulls": false,
            "stacking": { "group": "A", "mode": stacking },
            "thresholdsStyle": { "mode": limit },
        });
        match self.axis {
            Axis::FromZero { to_at_least } => custom["axisSoftMax"] = json!(to_at_least),
            Axis::Logarithmic => custom["scaleDistribution"] = json!({ "type": "log", "log": 10 }),
            Axis::Fixed { .. } => {}
        }
        Some(custom)
    }

    fn overrides(&self) -> Vec<Value> {
        let queries = || self.queries.iter().zip(ids());
        if let PanelKind::Table { columns, .. } = &self.kind {
            columns.iter().map(Column::json).collect()
        } else if self.is_graph() {
            let lines = queries().filter_map(|(query, id)| line_override(query.line, &id));
            legend_colors(&self.colored_legends).chain(lines).collect()
        } else {
            queries().filter_map(|(query, id)| threshold_override(query.threshold, &id)).collect()
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

/// The identifiers of queries.
fn ids() -> impl Iterator<Item = String> {
    ('A'..='Z').map(String::from)
}

fn of_query(id: &str, properties: &[Value]) -> Value {
    json!({ "matcher": { "id": "byFrameRefID", "options": id }, "properties": properties })
}

fn threshold_override(threshold: Threshold, id: &str) -> Option<Value> {
    let thresholds = threshold.thresholds(Paint::Background);
    let property = json!({ "id": "thresholds", "value": thresholds });
    (threshold != Threshold::None).then(|| of_query(id, &[property]))
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
    Some(of_query(id, &properties))
}
