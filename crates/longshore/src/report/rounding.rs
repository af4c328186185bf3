//! Rounding of figures that people read.

use std::time::Duration;

/// To four decimal places.
pub(super) fn four_places(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

pub(super) fn cents(dollars: f64) -> f64 {
    (dollars * 100.0).round() / 100.0
}

pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e3).round() / 1e3
}

pub(super) fn whole_seconds(duration: Duration) -> f64 {
    duration.as_secs_f64().round()
}
