//! How a panel is laid out: legends, the size of numbers, which rows come first.

use serde_json::{Value, json};

use super::{Look, Order, Panel};
use crate::dashboards::look::Colour;

impl Panel {
    pub(super) fn options(&self) -> Value {
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
                let sort = |(column, order): &(_, _)| {
                    let is_descending = *order == Order::HighestFirst;
                    json!({ "displayName": column, "desc": is_descending })
                };
                json!({
                    "cellHeight": "sm",
                    "showHeader": true,
                    "sortBy": Vec::from_iter(order.iter().map(sort)),
                })
            }
        }
    }

    /// The answers of a table's queries are joined by the labels they have in common.
    pub(super) fn transformations(&self) -> Vec<Value> {
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
