//! The one table of windows, factors and severities. The rules, the documents and the live view all
//! read it here.
//!
//! Factors are multiples of the pace that uses up an error budget in exactly 30 days, after the SRE
//! workbook, <https://sre.google/workbook/alerting-on-slos/>: 14.4 spends 2 % of it in an hour, 6
//! spends 5 % in six hours, 3 spends 10 % in a day, 1 spends 10 % in three days.

use std::time::Duration;

use super::objective::Slo;
use crate::config::objectives::{self, STEEPEST_BURN, STEEPEST_POLLING_BURN};

/// A stretch of time that rates are taken over, as recorded series name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// How long it is.
    pub length: Duration,
    /// As Prometheus writes it.
    pub name: &'static str,
}

/// Who has to act, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Somebody, now.
    Page,
    /// Somebody, in working hours.
    Ticket,
}

/// One alert on one pair of windows: the long one says that it matters, the short one that it still
/// goes on.
#[derive(Debug, Clone, Copy)]
pub struct Burn {
    /// Who has to act.
    pub severity: Severity,
    /// How many times faster than allowed.
    pub factor: f64,
    /// Over which this must hold.
    pub long: Window,
    /// Over which it must hold too, so that the alert ends soon after its cause.
    pub short: Window,
    /// How long it must hold before the alert fires.
    pub hold: Duration,
    /// How long the alert goes on after it no longer holds.
    pub keep: Duration,
}

const M5: Window = Window { length: minutes(5), name: "5m" };
const M30: Window = Window { length: minutes(30), name: "30m" };
const H1: Window = Window { length: hours(1), name: "1h" };
const H2: Window = Window { length: hours(2), name: "2h" };
const H6: Window = Window { length: hours(6), name: "6h" };
const D1: Window = Window { length: hours(24), name: "1d" };
const D3: Window = Window { length: hours(72), name: "3d" };

/// For what users feel: delivery, latency and freshness. The factor is of the error budget.
pub const RELIABILITY: &[Burn] = &[
    page(STEEPEST_BURN, H1, M5, minutes(2), minutes(5)),
    page(6.0, H6, M30, minutes(15), minutes(15)),
    ticket(3.0, D1, H2, hours(1), hours(1)),
    ticket(1.0, D3, H6, hours(3), hours(3)),
];

/// For polling, where the harm is money and nobody is woken. The factor is of the error budget.
pub const POLLING: &[Burn] = &[
    ticket(STEEPEST_POLLING_BURN, H6, M30, minutes(15), minutes(30)),
    ticket(1.0, D3, H6, hours(3), hours(3)),
];

/// For the cost of a message. The factor is of the cost that the objective allows.
pub const COST: &[Burn] =
    &[ticket(2.0, H6, M30, minutes(15), minutes(30)), ticket(1.0, D3, H6, hours(3), hours(3))];

impl Severity {
    /// As the `severity` label has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "critical",
            Self::Ticket => "warning",
        }
    }
}

impl Burn {
    /// Whether an SLO of this objective, a ratio, can burn this fast at all: even if every event is
    /// bad, it burns no faster than 1 / (1 - objective).
    pub fn is_reachable(&self, objective: f64) -> bool {
        objectives::is_reachable(objective, self.factor)
    }
}

/// The alerts on an objective, steepest first.
pub fn alerts(slo: Slo) -> &'static [Burn] {
    match slo {
        Slo::Delivery | Slo::Latency | Slo::Freshness => RELIABILITY,
        Slo::Polling => POLLING,
    }
}

/// Every window that these alerts look at, the shortest first.
pub fn windows<'a>(burns: impl IntoIterator<Item = &'a Burn>) -> Vec<Window> {
    let mut found: Vec<_> = burns.into_iter().flat_map(|burn| [burn.long, burn.short]).collect();
    found.sort_unstable();
    found.dedup();
    found
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

const fn hours(n: u64) -> Duration {
    minutes(n * 60)
}

const fn page(factor: f64, long: Window, short: Window, hold: Duration, keep: Duration) -> Burn {
    Burn { severity: Severity::Page, factor, long, short, hold, keep }
}

const fn ticket(factor: f64, long: Window, short: Window, hold: Duration, keep: Duration) -> Burn {
    Burn { severity: Severity::Ticket, factor, long, short, hold, keep }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = &'static Burn> {
        [RELIABILITY, POLLING, COST].into_iter().flatten()
    }

    #[test]
    fn the_short_window_is_a_twelfth_of_the_long_one() {
        for burn in all() {
            assert_eq!(burn.long.length, burn.short.length * 12, "{}", burn.long.name);
        }
    }

    #[test]
    fn an_alert_waits_less_than_its_long_window() {
        for burn in all() {
            assert!(burn.hold < burn.long.length / 10, "{}", burn.long.name);
        }
    }

    #[test]
    fn slower_burns_need_longer_windows_and_wake_nobody_that_faster_ones_do_not() {
        for table in [RELIABILITY, POLLING, COST] {
            assert!(table.is_sorted_by(|a, b| a.factor > b.factor && a.long < b.long));
            assert!(table.is_sorted_by_key(|burn| burn.severity == Severity::Ticket));
        }
    }

    #[test]
    fn nobody_is_woken_for_money() {
        assert!(POLLING.iter().chain(COST).all(|burn| burn.severity == Severity::Ticket));
    }

    #[test]
    fn every_burn_is_reachable_by_the_default_objectives() {
        for burn in RELIABILITY {
            assert!(burn.is_reachable(0.999) && burn.is_reachable(0.99), "{}", burn.factor);
        }
        assert!(POLLING.iter().all(|burn| burn.is_reachable(0.95)));
        assert!(!RELIABILITY[0].is_reachable(0.93), "0.93 burns at most 14.3 times too fast");
    }
}
