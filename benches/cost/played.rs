//! A scenario that was run, and the figures derived from it.

use std::time::Duration;

use longshore::cost::pricing::{MONTH, usd};

use super::measured::Measured;
use super::scenario::Scenario;
use super::strategy::Strategy;
use super::traffic::Traffic;

/// The result of each strategy.
pub struct Played {
    pub scenario: Scenario,
    pub floor: Option<f64>,
    pub runs: Vec<(Strategy, Measured)>,
}

impl Played {
    pub fn measured_for(&self, strategy: Strategy) -> Option<&Measured> {
        self.runs.iter().find(|(other, _)| *other == strategy).map(|(_, measured)| measured)
    }

    /// Whether the scenario has only one strategy, so that there is no comparison.
    pub fn is_alone(&self) -> bool {
        self.scenario.strategies.len() == 1
    }

    /// The number of units that requests are divided by: messages, or minutes without messages.
    pub fn units(&self, measured: &Measured) -> f64 {
        if self.scenario.traffic == Traffic::None {
            self.scenario.measured.as_secs_f64() / 60.0
        } else {
            measured.counts.deleted as f64
        }
    }

    pub fn requests_per_unit(&self, measured: &Measured) -> f64 {
        measured.counts.requests() as f64 / self.units(measured)
    }

    /// Dollars per million messages; per month without messages.
    pub fn dollars(&self, measured: &Measured) -> f64 {
        let dollars = usd(measured.counts.billed, self.scenario.usd_per_million());
        if self.scenario.traffic == Traffic::None {
            dollars * MONTH.as_secs_f64() / self.scenario.measured.as_secs_f64()
        } else {
            dollars / measured.counts.deleted as f64 * 1e6
        }
    }

    /// Messages per second.
    pub fn pace(&self, measured: &Measured) -> f64 {
        measured.counts.deleted as f64 / self.scenario.measured.as_secs_f64()
    }

    /// Whether more than 5 % of all messages are left at the end.
    pub fn falls_behind(&self, measured: &Measured) -> bool {
        let arrived = measured.counts.deleted as f64 + measured.left as f64;
        self.scenario.traffic != Traffic::Backlog && measured.left as f64 > arrived / 20.0
    }
}

/// Three decimals below 10, one below 1,000, otherwise none.
pub fn figure(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        ..10.0 => format!("{value:.3}"),
        ..1000.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

/// Milliseconds below 10 s, otherwise seconds.
pub fn shown(time: Option<Duration>) -> String {
    match time {
        None => "-".to_owned(),
        Some(time) if time < Duration::from_secs(10) => format!("{} ms", time.as_millis()),
        Some(time) => format!("{:.0} s", time.as_secs_f64()),
    }
}
