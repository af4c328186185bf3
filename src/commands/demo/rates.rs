//! The recent rates of receives and messages, and their sparklines.

use std::time::Duration;

use crate::demo::{ActStats, Status};

/// Minimum time that one column of a sparkline covers. A column ends at the first refresh after it.
const COLUMN: Duration = Duration::from_millis(450);
/// Maximum number of columns that are kept. No terminal is wider.
const MAX_COLUMNS: usize = 512;
const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The rates of the latest columns, over all acts.
#[derive(Debug, Default)]
pub(super) struct RateHistory {
    columns: Vec<Rates>,
    /// The totals at the end of the last column.
    last: Totals,
}

/// The rates of one column, per second.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    pub(super) receives: f64,
    pub(super) messages: f64,
}

/// The totals since the start of an act.
#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    elapsed: Duration,
    receives: u64,
    messages: u64,
}

impl RateHistory {
    /// Adds a column if enough time has passed since the last one.
    pub(super) fn observe(&mut self, status: &Status) {
        let ActStats { elapsed, counts, .. } = status.current;
        let (receives, messages) = (counts.receives, counts.received);
        self.advance(Totals { elapsed, receives, messages });
    }

    fn advance(&mut self, now: Totals) {
        if now.elapsed < self.last.elapsed {
            // The next act has started, and its totals start at zero.
            self.last = Totals::default();
        }
        let elapsed = now.elapsed - self.last.elapsed;
        if elapsed < COLUMN {
            return;
        }
        let rate = |now: u64, before: u64| (now - before) as f64 / elapsed.as_secs_f64();
        self.columns.push(Rates {
            receives: rate(now.receives, self.last.receives),
            messages: rate(now.messages, self.last.messages),
        });
        if self.columns.len() > MAX_COLUMNS {
            self.columns.remove(0);
        }
        self.last = now;
    }

    /// The latest `width` columns of one rate.
    pub(super) fn sparkline(&self, width: usize, rate: impl Fn(&Rates) -> f64) -> String {
        let skipped = self.columns.len().saturating_sub(width);
        let rates: Vec<f64> = self.columns.iter().skip(skipped).map(rate).collect();
        bars(&rates)
    }

    /// The average of one rate over the last two columns, which is about one second.
    pub(super) fn current(&self, rate: impl Fn(&Rates) -> f64) -> f64 {
        let latest = &self.columns[self.columns.len().saturating_sub(2)..];
        latest.iter().map(rate).sum::<f64>() / latest.len().max(1) as f64
    }
}

/// A bar for each value, relative to the maximum. Only zero has an empty bar.
fn bars(values: &[f64]) -> String {
    let max = values.iter().copied().fold(0.0, f64::max);
    let highest = (BARS.len() - 1) as f64;
    let bar = |value: &f64| match max {
        0.0 => BARS[0],
        max => BARS[(value / max * highest).ceil() as usize],
    };
    values.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_maximum_has_the_highest_bar_and_only_zero_has_none() {
        assert_eq!(bars(&[0.0, 1.0, 50.0, 100.0]), " ▁▄█");
        assert_eq!(bars(&[0.0, 0.0]), "  ");
        assert_eq!(bars(&[3.0]), "█");
        assert_eq!(bars(&[]), "");
    }

    #[test]
    fn a_late_column_and_a_new_act_keep_rates_correct() {
        let mut history = RateHistory::default();
        for (milliseconds, receives) in [(250, 20), (500, 40), (1_500, 140), (250, 1), (500, 2)] {
            let elapsed = Duration::from_millis(milliseconds);
            history.advance(Totals { elapsed, receives, messages: 0 });
        }
        let rates: Vec<_> = history.columns.iter().map(|column| column.receives).collect();
        assert_eq!(rates, [80.0, 100.0, 4.0]);
        assert_eq!(history.current(|column| column.receives), 52.0);
        assert_eq!(history.sparkline(2, |column| column.receives), "█▁");
    }

    #[test]
    fn the_current_rate_is_zero_before_the_first_column() {
        assert_eq!(RateHistory::default().current(|column| column.messages), 0.0);
    }
}
