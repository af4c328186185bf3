//! One objective: what came of it, and how fast its error budget burns.

use schemars::JsonSchema;
use serde::Serialize;

use super::{short, whole};
use crate::slo::windows::{self, Burn, Window};
use crate::telemetry::{LabelSet, Past, QueueMetrics, Slo};

/// One objective.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SloReport {
    /// `delivery`, `latency`, `freshness` or `polling`.
    pub slo: &'static str,
    /// Share of the events that is to be good.
    pub objective: f64,
    /// Seconds that a good event may take, for `latency` and `freshness`.
    pub threshold_seconds: Option<f64>,
    /// Events that were good, since this process started.
    pub good: u64,
    /// Events that were bad, since this process started.
    pub bad: u64,
    /// Share of the error budget that the events so far leave: 1 is all of it, 0 none, less than 0 is
    /// overspent. Null before the first event.
    pub budget_left: Option<f64>,
    /// How fast the budget burns, the shortest window first.
    pub burn: Vec<BurnReport>,
}

/// How fast an error budget burns.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BurnReport {
    /// The window's name, as in the alerts.
    pub window: &'static str,
    /// How much of the window this process has seen.
    pub covered_seconds: f64,
    /// Events in it that were good.
    pub good: u64,
    /// Events in it that were bad.
    pub bad: u64,
    /// Times as fast as would use the budget up in 30 days. Null where nothing happened.
    pub rate: Option<f64>,
}

impl SloReport {
    pub(super) fn of(slo: Slo, metrics: &QueueMetrics) -> Self {
        let objectives = metrics.objectives();
        let (objective, threshold) = match slo {
            Slo::Delivery => (objectives.delivery, None),
            Slo::Latency => (objectives.latency, Some(objectives.latency_threshold)),
            Slo::Freshness => (objectives.freshness, Some(objectives.freshness_threshold)),
            Slo::Polling => (objectives.polling, None),
        };
        let (good, bad) = metrics.totals().slo_events(slo);
        let burn = windows::windows(alerts(slo))
            .into_iter()
            .map(|window| BurnReport::of(slo, objective, window, metrics.past(window.length)))
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
    pub(in crate::slo) fn window(&self, window: Window) -> Option<&BurnReport> {
        self.burn.iter().find(|burn| burn.window == window.name)
    }
}

impl BurnReport {
    /// Everything that has happened.
    pub(in crate::slo) fn since_start(slo: &SloReport) -> Self {
        let SloReport { good, bad, objective, .. } = *slo;
        Self {
            window: "start",
            covered_seconds: 0.0,
            good,
            bad,
            rate: burn_rate(good, bad, objective),
        }
    }

    fn of(slo: Slo, objective: f64, window: Window, past: Past) -> Self {
        let (good, bad) = past.events.slo_events(slo);
        Self {
            window: window.name,
            covered_seconds: whole(past.covered.min(window.length)),
            good,
            bad,
            rate: burn_rate(good, bad, objective),
        }
    }
}

/// The alerts on an SLO, the steepest first.
pub(in crate::slo) fn alerts(slo: Slo) -> &'static [Burn] {
    match slo {
        Slo::Delivery | Slo::Latency | Slo::Freshness => windows::RELIABILITY,
        Slo::Polling => windows::POLLING,
    }
}

/// How many times faster than its budget allows an SLO errs; `None` without events.
pub fn burn_rate(good: u64, bad: u64, objective: f64) -> Option<f64> {
    let events = good + bad;
    (events > 0).then(|| short(bad as f64 / events as f64 / (1.0 - objective)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_burns_once_over_when_as_much_is_bad_as_may_be() {
        assert_eq!(burn_rate(999, 1, 0.999), Some(1.0));
        assert_eq!(burn_rate(0, 7, 0.95), Some(20.0));
        assert_eq!(burn_rate(5, 0, 0.95), Some(0.0));
        assert_eq!(burn_rate(0, 0, 0.95), None);
    }
}
