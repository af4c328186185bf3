//! Durations in the notation of Prometheus. A scale shortens all durations by one factor, so that a
//! test can wait for a six-hour window.

use std::time::Duration;

/// The factor by which every duration in the rules is shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale(u32);

impl Scale {
    /// Durations as in production.
    pub const REAL: Self = Self(1);

    /// Divides every duration by this factor. Returns `None` for 0.
    pub fn shortened(factor: u32) -> Option<Self> {
        (factor > 0).then_some(Self(factor))
    }

    /// The shortened duration in the notation of Prometheus.
    pub(crate) fn text(self, real: Duration) -> String {
        duration(real / self.0)
    }

    /// The shortened duration in seconds, for expressions that compare or divide by it.
    pub(super) fn seconds(self, real: Duration) -> f64 {
        real.as_secs_f64() / f64::from(self.0)
    }
}

pub(crate) const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// 90 seconds are `1m30s`.
fn duration(length: Duration) -> String {
    const UNITS: &[(u128, &str)] =
        &[(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")];
    let mut rest = length.as_millis().max(1);
    let mut text = String::new();
    for (unit, name) in UNITS {
        if rest >= *unit {
            text += &format!("{}{name}", rest / unit);
            rest %= unit;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use longshore::slo::windows::{COST, POLLING, RELIABILITY, windows};

    #[test]
    fn the_name_of_a_window_is_its_duration() {
        for window in windows([RELIABILITY, POLLING, COST].into_iter().flatten()) {
            assert_eq!(Scale::REAL.text(window.length), window.name);
        }
    }

    #[test]
    fn a_scaled_duration_uses_smaller_units() {
        let scale = Scale::shortened(60).unwrap();
        assert_eq!(scale.text(Duration::from_secs(3 * 86_400)), "1h12m");
        assert_eq!(scale.text(Duration::from_secs(30)), "500ms");
    }
}
