//! The options of each type of panel.

use serde_json::{Value, json};

use super::panel::{Panel, PanelKind, SortOrder};
use super::style::{Color, Threshold};

/// From this width on, a legend has room for the maximum.
const WIDE: u16 = 12;

pub(super) fn of(panel: &Panel) -> Value {
    match &panel.kind {
        PanelKind::Stat | PanelKind::NamedStat => stat(panel),
        PanelKind::Lines | PanelKind::StackedAreas | PanelKind::StackedBars => graph(panel),
        PanelKind::Heatmap => heatmap(panel.unit),
        PanelKind::Table { sort, .. } => table(sort),
    }
}

fn stat(panel: &Panel) -> Value {
    let is_judged = panel.threshold != Threshold::None
        || panel.queries.iter().any(|query| query.threshold != Threshold::None);
    let has_name = matches!(panel.kind, PanelKind::NamedStat) || panel.queries.len() > 1;
    json!({
        // What is not judged has no limit, and is grey if it is not known.
        "colorMode": if is_judged { "background_solid" } else { "none" },
        "graphMode": "none",
        "justifyMode": "auto",
        "orientation": "auto",
        "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
        "showPercentChange": false,
        "textMode": if has_name { "value_and_name" } else { "value" },
        "wideLayout": true,
    })
}

fn graph(panel: &Panel) -> Value {
    let (calcs, sort) = match panel.kind {
        // The last value of an event is 0 most of the time.
        PanelKind::StackedBars => (vec!["sum"], "Total"),
        _ if panel.width >= WIDE => (vec!["lastNotNull", "max"], "Last *"),
        _ => (vec!["lastNotNull"], "Last *"),
    };
    json!({
        "legend": {
            "calcs": calcs,
            "displayMode": "table",
            "placement": "bottom",
            "showLegend": true,
            "sortBy": sort,
            "sortDesc": true,
        },
        "tooltip": { "mode": "multi", "sort": "desc" },
    })
}

fn table(sort: &[(&str, SortOrder)]) -> Value {
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

fn heatmap(unit: &str) -> Value {
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
