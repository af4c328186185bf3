//! A figure of the report as the page shows it: its value for programs, its text for people, and where in
//! `/slo` it stands.

use crate::format;

/// One figure.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    /// The JSON pointer into `/slo`.
    pub(super) pointer: String,
    /// The value as it stands there; empty for null.
    pub(super) value: String,
    /// The value as a person reads it.
    pub(super) text: String,
}

/// What stands where there is nothing to tell yet.
const UNKNOWN: &str = "not known yet";

impl Figure {
    pub(super) fn new(
        pointer: impl Into<String>,
        value: Option<f64>,
        show: impl FnOnce(f64) -> String,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            value: value.map(|value| value.to_string()).unwrap_or_default(),
            text: value.map_or_else(|| UNKNOWN.to_owned(), show),
        }
    }

    pub(super) fn or(self, words: &str) -> Self {
        let text = if self.value.is_empty() { words.to_owned() } else { self.text };
        Self { text, ..self }
    }

    pub(super) fn dollars(pointer: impl Into<String>, value: Option<f64>) -> Self {
        Self::new(pointer, value, format::dollars)
    }

    pub(super) fn count(pointer: impl Into<String>, value: u64) -> Self {
        Self::new(pointer, Some(value as f64), |_| format::thousands(value))
    }
}
