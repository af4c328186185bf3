//! One objective: its events, and how fast its error budget burns.

use schemars::JsonSchema;
use serde::Serialize;

use super::rounding::{four_places, whole_seconds};
use crate::label::LabelSet;
use crate::slo::Slo;
use crate::slo::windows::{self, Window};
use crate::telemetry::{Figures, Past};

/// One objective.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct SloReport {
    /// `delivery`, `latency`, `freshness` or `polling`.
    pub slo: &'static str,
    /// Target share of good events, 0 to 1.
    pub objective: f64,
    /// Maximum seconds of a good event, for `latency` and `freshness`.
    pub threshold_seconds: Option<f64>,
    /// Good events since this process started.
    pub good: u64,
    /// Bad events since this process started.
    pub bad: u64,
    /// Share of the error budget that is left: 1 is all of it, 0 is none, below 0 it is overspent.
    /// Null before the first event.
    pub budget_left: Option<f64>,
    /// How fast the budget burns, shortest window first.
    pub burn: Vec<BurnReport>,
}

/// How fast an error budget burned within one window.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct BurnReport {
    /// The window's name, as in the alerts.
    pub window: &'static str,
    /// Seconds of the window that this process has seen.
    pub covered_seconds: f64,
    /// Good events within the window.
    pub good: u64,
    /// Bad events within the window.
    pub bad: u64,
    /// Burn rate: 1 uses up the budget in exactly 30 days. Null without events.
    pub rate: Option<f64>,
}

impl SloReport {
    pub(super) fn new(slo: Slo, figures: &Figures) -> Self {
        let objectives = figures.objectives();
        let (objective, threshold) = match slo {
            Slo::Delivery => (objectives.delivery, None),
            Slo::Latency => (objectives.latency, Some(objectives.latency_threshold)),
            Slo::Freshness => (objectives.freshness, Some(objectives.freshness_threshold)),
            Slo::Polling => (objectives.polling, None),
        };
        let (good, bad) = figures.totals().slo_events(slo);
        let burn = windows::windows(windows::alerts(slo))
            .into_iter()
            .map(|window| BurnReport::new(slo, objective, window, figures.past(window.length)))
            .collect();
        Self {
            slo: slo.as_str(),
            objective,
            threshold_seconds: threshold.map(|threshold| threshold.as_secs_f64()),
            good,
            bad,
            budget_left: burn_rate(good, bad, objective).map(|spent| 1.0 - spent),
            burn,
        }
    }

    /// The window of this name.
    pub(super) fn window(&self, window: Window) -> Option<&BurnReport> {
        self.burn.iter().find(|burn| burn.window == window.name)
    }
}

impl BurnReport {
    /// All events since the start of the process.
    pub(super) fn since_start(slo: &SloReport) -> Self {
        let SloReport { good, bad, objective, .. } = *slo;
        Self {
            window: "start",
            covered_seconds: 0.0,
            good,
            bad,
            rate: burn_rate(good, bad, objective),
        }
    }

    fn new(slo: Slo, objective: f64, window: Window, past: Past) -> Self {
        let (good, bad) = past.events.slo_events(slo);
        Self {
            window: window.name,
            covered_seconds: whole_seconds(past.covered.min(window.length)),
            good,
            bad,
            rate: burn_rate(good, bad, objective),
        }
    }
}

/// How many times faster than allowed an error budget burns; `None` without events.
pub fn burn_rate(good: u64, bad: u64, objective: f64) -> Option<f64> {
    let events = good + bad;
    (events > 0).then(|| four_places(bad as f64 / events as f64 / (1.0 - objective)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_burn_rate_is_1_when_exactly_the_allowed_share_is_bad() {
        assert_eq!(burn_rate(999, 1, 0.999), Some(1.0));
        assert_eq!(burn_rate(0, 7, 0.95), Some(20.0));
        assert_eq!(burn_rate(5, 0, 0.95), Some(0.0));
        assert_eq!(burn_rate(0, 0, 0.95), None);
    }
}
