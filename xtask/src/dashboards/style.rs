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

/// The colors of the values of a label, the same in every panel.
const LEGEND_COLORS: &[(&str, Color)] = &[
    ("full", Color::Blue),
    ("partial", Color::Sky),
    ("empty", Color::Orange),
    ("error", Color::Vermilion),
    ("abandoned", Color::Purple),
    ("done", Color::Blue),
    ("deleted", Color::Blue),
    ("completed", Color::Blue),
    ("retry", Color::Orange),
    ("retried", Color::Orange),
    ("reject", Color::Vermilion),
    ("rejected", Color::Vermilion),
    ("aborted", Color::Vermilion),
    ("released", Color::Sky),
    ("interrupted", Color::Sky),
    ("lease_lost", Color::Yellow),
    ("timed_out", Color::Yellow),
    ("panicked", Color::Purple),
    ("outage", Color::Green),
    ("unavailable", Color::Grey),
    ("receive", Color::Blue),
    ("delete", Color::Green),
    ("change_visibility", Color::Purple),
    ("first", Color::Blue),
    ("redelivery", Color::Orange),
    ("visible", Color::Orange),
    ("in_flight", Color::Blue),
    ("delayed", Color::Grey),
    ("closed", Color::Blue),
    ("half_open", Color::Yellow),
    ("open", Color::Vermilion),
    ("extended", Color::Blue),
    ("failed", Color::Vermilion),
    ("lost", Color::Yellow),
    ("delivery", Color::Blue),
    ("latency", Color::Sky),
    ("freshness", Color::Green),
    ("polling", Color::Orange),
];

/// The overrides that color those of the legends that have a fixed color. A space or nothing
/// follows the name in a legend.
pub(super) fn legend_colors(legends: &[&str]) -> impl Iterator<Item = Value> {
    LEGEND_COLORS.iter().filter(|(name, _)| legends.contains(name)).map(|(name, color)| {
        json!({
            "matcher": { "id": "byRegexp", "options": format!("/^{name}( |$)/") },
            "properties": [fixed_color(*color)],
        })
    })
}

pub(super) fn fixed_color(color: Color) -> Value {
    json!({ "id": "color", "value": { "mode": "fixed", "fixedColor": color.code() } })
}

/// The limits from which a value is shown as bad. Bad is what an operator must act on now, like an
/// alert with the severity `critical`. A warning can wait for working hours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Threshold {
    /// No limit.
    None,
    /// A warning from this value.
    WarnFrom(f64),
    /// Bad from this value.
    BadFrom(f64),
    /// A warning below this value.
    WarnBelow(f64),
    /// A warning from the first value, bad from the second.
    From(f64, f64),
}

/// What a color fills. Grafana has a shade of its named colors for each theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    /// The background of a number, dark or light enough to read the number on it.
    Background,
    /// A line in a graph.
    Line,
}

impl Paint {
    const fn bad(self) -> &'static str {
        match self {
            Self::Background => "dark-red",
            Self::Line => "red",
        }
    }

    const fn warning(self) -> &'static str {
        match self {
            Self::Background => "yellow",
            Self::Line => "orange",
        }
    }
}

/// Good values have no color, so that a dashboard is quiet while all is well.
const GOOD: &str = "transparent";

impl Threshold {
    pub(super) fn thresholds(self, paint: Paint) -> Value {
        let (bad, warning) = (paint.bad(), paint.warning());
        let step = |color: &str, value: Option<f64>| json!({ "color": color, "value": value });
        let steps = match self {
            Self::None => vec![step(GOOD, None)],
            Self::WarnFrom(limit) => vec![step(GOOD, None), step(warning, Some(limit))],
            Self::BadFrom(limit) => vec![step(GOOD, None), step(bad, Some(limit))],
            Self::WarnBelow(limit) => vec![step(warning, None), step(GOOD, Some(limit))],
            Self::From(warn, limit) => {
                vec![step(GOOD, None), step(warning, Some(warn)), step(bad, Some(limit))]
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

/// Shows a text instead of the values from one number to another.
pub(super) fn range_mapping(from: Option<f64>, to: Option<f64>, text: &str) -> Value {
    let result = json!({ "index": 1, "text": text });
    json!({ "type": "range", "options": { "from": from, "to": to, "result": result } })
}

/// Shows a text on grey if there is no value. Grafana would use the color of the lowest values.
pub(super) fn unknown_mapping(text: &str) -> Value {
    let result = json!({ "color": UNKNOWN, "index": 2, "text": text });
    json!({ "type": "special", "options": { "match": "null+nan", "result": result } })
}

/// The background of what is not known.
const UNKNOWN: &str = "#6E6E6E";

/// Shows these words in place of the values of a label.
pub(super) fn word_mapping<'a>(words: impl IntoIterator<Item = (&'a str, Word<'a>)>) -> Value {
    let options: serde_json::Map<_, _> = words
        .into_iter()
        .enumerate()
        .map(|(index, (value, word))| (value.to_owned(), word.json(index)))
        .collect();
    json!({ "type": "value", "options": options })
}

/// What a cell shows in place of the value of a label.
pub(super) enum Word<'a> {
    Plain(&'a str),
    Bad(&'a str),
    Warning(&'a str),
    Unknown(&'a str),
}

impl Word<'_> {
    fn json(&self, index: usize) -> Value {
        let (text, color) = match self {
            Self::Plain(text) => return json!({ "index": index, "text": text }),
            Self::Bad(text) => (text, Paint::Background.bad()),
            Self::Warning(text) => (text, Paint::Background.warning()),
            Self::Unknown(text) => (text, UNKNOWN),
        };
        json!({ "color": color, "index": index, "text": text })
    }
}
