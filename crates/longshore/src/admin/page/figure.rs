//! A figure of the report as the page shows it.

use crate::format;

/// One figure.
#[derive(Debug, Clone)]
pub(super) struct Figure {
    /// The JSON pointer into `/slo`.
    pub(super) pointer: String,
    /// The value in `/slo`; empty for null.
    pub(super) value: String,
    /// The value as text.
    pub(super) text: String,
}

/// The text of a value that is null.
const UNKNOWN: &str = "unknown";

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

    /// Sets the text of a value that is null.
    pub(super) fn or(self, unknown: &str) -> Self {
        let text = if self.value.is_empty() { unknown.to_owned() } else { self.text };
        Self { text, ..self }
    }

    pub(super) fn dollars(pointer: impl Into<String>, value: Option<f64>) -> Self {
        Self::new(pointer, value, format::dollars)
    }

    pub(super) fn count(pointer: impl Into<String>, value: u64) -> Self {
        Self::new(pointer, Some(value as f64), |_| format::thousands(value))
    }
}
