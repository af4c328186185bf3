//! How the values of a panel are drawn: unit, thresholds, colours, lines.

use serde_json::{Value, json};

use super::{Look, Panel};
use crate::dashboards::look::{Bad, Colour, colours, fixed};
use crate::dashboards::query::Line;
use crate::dashboards::table::Column;

impl Panel {
    pub(super) fn defaults(&self) -> Value {
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

    pub(super) fn overrides(&self) -> Vec<Value> {
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
