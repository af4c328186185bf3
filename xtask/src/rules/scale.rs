//! Durations as Prometheus writes them, and all of them shortened together: a test that waits for
//! six-hour windows in real time runs the same rules, only faster.

use std::time::Duration;

/// By how much every duration in the rules is shortened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale(u32);

impl Scale {
    /// Not at all.
    pub const REAL: Self = Self(1);

    /// So many times; 0 is no scale.
    pub fn shortened(times: u32) -> Option<Self> {
        (times > 0).then_some(Self(times))
    }

    /// A duration, shortened, as Prometheus writes it.
    pub(super) fn text(self, real: Duration) -> String {
        duration(real / self.0)
    }
}

pub(super) const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// `90 s` is `1m30s`.
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
    fn windows_are_named_as_prometheus_writes_them() {
        for window in windows([RELIABILITY, POLLING, COST].into_iter().flatten()) {
            assert_eq!(Scale::REAL.text(window.length), window.name);
        }
    }

    #[test]
    fn what_does_not_divide_evenly_is_written_with_smaller_units() {
        let scale = Scale::shortened(60).unwrap();
        assert_eq!(scale.text(Duration::from_secs(3 * 86_400)), "1h12m");
        assert_eq!(scale.text(Duration::from_secs(30)), "500ms");
    }
}
