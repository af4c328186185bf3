//! What `/slo` says: each queue's objectives and money, from this process's own counts. For a fleet, and
//! for longer than a process lives, ask Prometheus.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::windows::{self, Window};
use crate::config::objectives::LONG_POLL_REFERENCE;
use crate::telemetry::{LabelSet, Past, QueueMetrics, Slo};

/// The window that money is projected from.
const PROJECTION: Duration = Duration::from_secs(3600);
/// The month of projections: 30 days.
const MONTH_SECONDS: f64 = 30.0 * 86_400.0;

/// Everything that this process can say of its objectives.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The version of Longshore that speaks.
    pub version: &'static str,
    /// The queues that this process works.
    pub queues: Vec<QueueReport>,
}

/// One queue.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QueueReport {
    /// Its name, as in the metrics.
    pub queue: String,
    /// Its objectives.
    pub slos: Vec<SloReport>,
    /// What it costs.
    pub cost: CostReport,
}

/// One objective.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SloReport {
    /// `delivery`, `latency`, `freshness` or `polling`.
    pub slo: &'static str,
    /// Share of the events that is to be good.
    pub objective: f64,
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
    /// Times as fast as would use the budget up in 30 days. Null where nothing happened.
    pub rate: Option<f64>,
}

/// What a queue costs, by the last hour.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CostReport {
    /// How much of the hour this process has seen.
    pub covered_seconds: f64,
    /// Share of the receives that brought nothing. Null where there were none.
    pub empty_receive_ratio: Option<f64>,
    /// Dollars for each deleted message, above what an idle queue costs anyway. Null where none was
    /// deleted.
    pub per_message_usd: Option<f64>,
    /// Dollars that this may be.
    pub per_message_objective_usd: f64,
    /// Dollars for 30 days at this rate. Null in the first seconds.
    pub projected_spend_per_month_usd: Option<f64>,
    /// Of these, dollars for receives that brought nothing and did not wait as long as SQS lets them.
    pub projected_waste_per_month_usd: Option<f64>,
    /// Dollars of waste before anybody is told.
    pub waste_budget_per_month_usd: f64,
}

impl Report {
    /// What there is to say now.
    pub fn of<'a>(queues: impl IntoIterator<Item = &'a QueueMetrics>) -> Self {
        let queues = queues.into_iter().map(QueueReport::of).collect();
        Self { version: env!("CARGO_PKG_VERSION"), queues }
    }

    /// Its JSON Schema.
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(Self)
    }
}

impl QueueReport {
    fn of(metrics: &QueueMetrics) -> Self {
        Self {
            queue: metrics.queue().to_owned(),
            slos: Slo::ALL.iter().map(|slo| SloReport::of(*slo, metrics)).collect(),
            cost: CostReport::of(metrics),
        }
    }
}

impl SloReport {
    fn of(slo: Slo, metrics: &QueueMetrics) -> Self {
        let objectives = metrics.objectives();
        let (objective, burns) = match slo {
            Slo::Delivery => (objectives.delivery, windows::RELIABILITY),
            Slo::Latency => (objectives.latency, windows::RELIABILITY),
            Slo::Freshness => (objectives.freshness, windows::RELIABILITY),
            Slo::Polling => (objectives.polling, windows::POLLING),
        };
        let (good, bad) = metrics.totals().slo_events(slo);
        let burn = windows::windows(burns)
            .into_iter()
            .map(|window| BurnReport::of(slo, objective, window, metrics.past(window.length)))
            .collect();
        let budget_left = burn_rate(good, bad, objective).map(|spent| 1.0 - spent);
        Self { slo: slo.as_str(), objective, good, bad, budget_left, burn }
    }
}

impl BurnReport {
    fn of(slo: Slo, objective: f64, window: Window, past: Past) -> Self {
        let (good, bad) = past.events.slo_events(slo);
        Self {
            window: window.name,
            covered_seconds: whole(past.covered.min(window.length)),
            rate: burn_rate(good, bad, objective),
        }
    }
}

impl CostReport {
    fn of(metrics: &QueueMetrics) -> Self {
        let objectives = metrics.objectives();
        let Past { events, covered } = metrics.past(PROJECTION);
        let price = metrics.price_per_request_usd();
        let per_month = |requests: f64| {
            let seconds = covered.as_secs_f64();
            (seconds >= 1.0).then(|| cents(requests * price / seconds * MONTH_SECONDS))
        };
        let waited = events.empty_receive_micros as f64 / 1e6;
        let in_vain = excess_receives(events.empty_receives, waited);
        let above_idle = excess_receives(events.billed_requests, waited);
        Self {
            covered_seconds: whole(covered.min(PROJECTION)),
            empty_receive_ratio: (events.receives > 0).then(|| short(events.empty_ratio())),
            per_message_usd: (events.deleted > 0)
                .then(|| above_idle * price / events.deleted as f64),
            per_message_objective_usd: objectives.cost_per_million_messages_usd / 1e6,
            projected_spend_per_month_usd: per_month(events.billed_requests as f64),
            projected_waste_per_month_usd: per_month(in_vain),
            waste_budget_per_month_usd: objectives.waste_budget_per_month_usd,
        }
    }
}

/// How many times faster than its budget allows an SLO errs; `None` without events.
pub fn burn_rate(good: u64, bad: u64, objective: f64) -> Option<f64> {
    let events = good + bad;
    (events > 0).then(|| short(bad as f64 / events as f64 / (1.0 - objective)))
}

/// Receives beyond what long polling would have needed in the time that the empty ones waited. Each that
/// waited the whole reference counts nothing.
pub fn excess_receives(receives: u64, waited_seconds: f64) -> f64 {
    (receives as f64 - waited_seconds / LONG_POLL_REFERENCE.as_secs_f64()).max(0.0)
}

/// To four digits behind the point: a person reads it.
fn short(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn cents(dollars: f64) -> f64 {
    (dollars * 100.0).round() / 100.0
}

fn whole(duration: Duration) -> f64 {
    duration.as_secs_f64().round()
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

    #[test]
    fn an_idle_long_poll_wastes_nothing_and_a_short_one_nearly_all() {
        assert!(excess_receives(180, 3600.0).abs() < 1e-9);
        assert!((excess_receives(1000, 10.0) - 999.5).abs() < 1e-9);
        assert!(excess_receives(1, 20.4).abs() < 1e-9, "clocks round; there is no negative waste");
    }
}
