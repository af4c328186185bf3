//! Colours and thresholds. Nothing is told by colour alone: every number has its text, every line
//! its legend.

use serde_json::{Value, json};

/// Colours that people who cannot tell red from green can tell apart, after Okabe and Ito.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Blue,
    Sky,
    Green,
    Yellow,
    Orange,
    Vermilion,
    Purple,
    Grey,
}

impl Colour {
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

/// Fixed colours of things that more than one panel shows, by their legend.
const COLOURS: &[(&str, Colour)] = &[
    ("full", Colour::Blue),
    ("partial", Colour::Sky),
    ("empty", Colour::Orange),
    ("error", Colour::Vermilion),
    ("abandoned", Colour::Purple),
    ("deleted", Colour::Blue),
    ("retried", Colour::Orange),
    ("rejected", Colour::Vermilion),
    ("released", Colour::Sky),
    ("lease_lost", Colour::Yellow),
    ("completed", Colour::Blue),
    ("aborted", Colour::Vermilion),
    ("delivery", Colour::Blue),
    ("latency", Colour::Sky),
    ("freshness", Colour::Green),
    ("polling", Colour::Orange),
];

/// The colours of those of these legends that have one of their own. A legend may go on with
/// labels.
pub(super) fn colours(legends: &[&str]) -> impl Iterator<Item = Value> {
    COLOURS.iter().filter(|(name, _)| legends.contains(name)).map(|(name, colour)| {
        json!({
            "matcher": { "id": "byRegexp", "options": format!("/^{name}\\b/") },
            "properties": [fixed(*colour)],
        })
    })
}

pub(super) fn fixed(colour: Colour) -> Value {
    json!({ "id": "color", "value": { "mode": "fixed", "fixedColor": colour.code() } })
}

/// From where on a number is bad.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bad {
    /// It is neither good nor bad.
    Never,
    /// From this on.
    From(f64),
    /// Below this.
    Below(f64),
}

impl Bad {
    pub(super) fn thresholds(self) -> Value {
        let (good, bad) = (Colour::Blue.code(), Colour::Vermilion.code());
        let steps = match self {
            Self::Never => json!([{ "color": "text", "value": null }]),
            Self::From(limit) => {
                json!([{ "color": good, "value": null }, { "color": bad, "value": limit }])
            }
            Self::Below(limit) => {
                json!([{ "color": bad, "value": null }, { "color": good, "value": limit }])
            }
        };
        json!({ "mode": "absolute", "steps": steps })
    }
}

/// Says a value in words.
pub(super) fn said(value: f64, text: &str) -> Value {
    let key = value.to_string();
    json!({ "type": "value", "options": { key: { "index": 0, "text": text } } })
}
