//! What happened of late, by the half second, and its picture.

use std::time::Duration;

use crate::demo::{Figures, Scene};

/// Time that one column of the picture stands for, more or less: looks at the scene come when they come.
const COLUMN: Duration = Duration::from_millis(450);
/// Columns that are kept: more than any terminal shows.
const KEPT: usize = 512;
const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The recent past, over both acts.
#[derive(Debug, Default)]
pub(super) struct Pace {
    columns: Vec<Rates>,
    /// The totals that the last column ended with.
    last: Totals,
}

/// What happened in one column's time, by the second.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    pub(super) receives: f64,
    pub(super) messages: f64,
}

/// How much there was of an act, and in it.
#[derive(Debug, Clone, Copy, Default)]
struct Totals {
    took: Duration,
    receives: u64,
    messages: u64,
}

impl Pace {
    /// Looks at the scene; closes a column when its time is over.
    pub(super) fn observe(&mut self, scene: &Scene) {
        let Figures { took, counts, .. } = scene.now;
        let (receives, messages) = (counts.receives, counts.received);
        self.advance(Totals { took, receives, messages });
    }

    fn advance(&mut self, now: Totals) {
        if now.took < self.last.took {
            // Another act.
            self.last = Totals::default();
        }
        let over = now.took - self.last.took;
        if over < COLUMN {
            return;
        }
        let rate = |now: u64, before: u64| (now - before) as f64 / over.as_secs_f64();
        self.columns.push(Rates {
            receives: rate(now.receives, self.last.receives),
            messages: rate(now.messages, self.last.messages),
        });
        if self.columns.len() > KEPT {
            self.columns.remove(0);
        }
        self.last = now;
    }

    /// The latest `width` columns of one of the rates.
    pub(super) fn sparkline(&self, width: usize, rate: impl Fn(&Rates) -> f64) -> String {
        let skipped = self.columns.len().saturating_sub(width);
        let rates: Vec<f64> = self.columns.iter().skip(skipped).map(rate).collect();
        bars(&rates)
    }

    /// One of the rates, over about the last second.
    pub(super) fn of_late(&self, rate: impl Fn(&Rates) -> f64) -> f64 {
        let latest = &self.columns[self.columns.len().saturating_sub(2)..];
        latest.iter().map(rate).sum::<f64>() / latest.len().max(1) as f64
    }
}

/// A bar for each value, the highest for the greatest; none for nothing, and some for anything else.
fn bars(values: &[f64]) -> String {
    let most = values.iter().copied().fold(0.0, f64::max);
    let highest = (BARS.len() - 1) as f64;
    let bar = |value: &f64| match most {
        0.0 => BARS[0],
        most => BARS[(value / most * highest).ceil() as usize],
    };
    values.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_value_has_the_highest_bar_and_only_nothing_has_none() {
        assert_eq!(bars(&[0.0, 1.0, 50.0, 100.0]), " ▁▄█");
        assert_eq!(bars(&[0.0, 0.0]), "  ");
        assert_eq!(bars(&[3.0]), "█");
        assert_eq!(bars(&[]), "");
    }

    #[test]
    fn a_column_is_a_rate_also_when_it_took_longer_and_in_the_next_act() {
        let mut pace = Pace::default();
        for (milliseconds, receives) in [(250, 20), (500, 40), (1_500, 140), (250, 1), (500, 2)] {
            let took = Duration::from_millis(milliseconds);
            pace.advance(Totals { took, receives, messages: 0 });
        }
        let rates: Vec<_> = pace.columns.iter().map(|column| column.receives).collect();
        assert_eq!(rates, [80.0, 100.0, 4.0]);
        assert_eq!(pace.of_late(|column| column.receives), 52.0);
        assert_eq!(pace.sparkline(2, |column| column.receives), "█▁");
    }

    #[test]
    fn before_the_first_column_there_is_nothing() {
        assert_eq!(Pace::default().of_late(|column| column.messages), 0.0);
    }
}
