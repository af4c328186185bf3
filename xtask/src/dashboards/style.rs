//! Colors and thresholds. Every number also has a text and every line a legend, so a reader does
//! not depend on colors.

use serde_json::{Value, json};

/// The palette of Okabe and Ito. Readers with color blindness can tell its colors apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Color {
    Blue,
    Sky,
    Green,
    Yellow,
    Orange,
    Vermilion,
    Purple,
    Grey,
}

impl Color {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Blue => "#0072B2",
            Self::Sky => "#56B4E9",
            Self::Green => "#009E73",
            Self::Yellow => "#F0E442",
            Self::Orange => "#E69F00",
            Self::Vermilion => "#D55E00",
            Self::Purple => "#CC79A7",
            Self::Grey => "#8E8E8E",
        }
    }
}

/// The colors of legends that more than one panel shows.
const LEGEND_COLORS: &[(&str, Color)] = &[
    ("full", Color::Blue),
    ("partial", Color::Sky),
    ("empty", Color::Orange),
    ("error", Color::Vermilion),
    ("abandoned", Color::Purple),
    ("deleted", Color::Blue),
    ("retried", Color::Orange),
    ("rejected", Color::Vermilion),
    ("released", Color::Sky),
    ("lease_lost", Color::Yellow),
    ("completed", Color::Blue),
    ("aborted", Color::Vermilion),
    ("delivery", Color::Blue),
    ("latency", Color::Sky),
    ("freshness", Color::Green),
    ("polling", Color::Orange),
];

/// The overrides that color those of the legends that have a fixed color. Labels may follow the
/// name in a legend.
pub(super) fn legend_colors(legends: &[&str]) -> impl Iterator<Item = Value> {
    LEGEND_COLORS.iter().filter(|(name, _)| legends.contains(name)).map(|(name, color)| {
        json!({
            "matcher": { "id": "byRegexp", "options": format!("/^{name}\\b/") },
            "properties": [fixed_color(*color)],
        })
    })
}

pub(super) fn fixed_color(color: Color) -> Value {
    json!({ "id": "color", "value": { "mode": "fixed", "fixedColor": color.code() } })
}

/// The limit from which a value is shown as bad.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Threshold {
    /// No limit.
    None,
    /// Bad from this value.
    BadFrom(f64),
    /// Bad below this value.
    BadBelow(f64),
}

impl Threshold {
    pub(super) fn thresholds(self) -> Value {
        let (good, bad) = (Color::Blue.code(), Color::Vermilion.code());
        let steps = match self {
            Self::None => json!([{ "color": "text", "value": null }]),
            Self::BadFrom(limit) => {
                json!([{ "color": good, "value": null }, { "color": bad, "value": limit }])
            }
            Self::BadBelow(limit) => {
                json!([{ "color": bad, "value": null }, { "color": good, "value": limit }])
            }
        };
        json!({ "mode": "absolute", "steps": steps })
    }
}

/// Shows a text instead of this value.
pub(super) fn value_mapping(value: f64, text: &str) -> Value {
    let key = value.to_string();
    json!({ "type": "value", "options": { key: { "index": 0, "text": text } } })
}
