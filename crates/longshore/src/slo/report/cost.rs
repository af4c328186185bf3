//! What a queue costs.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::{cents, short, whole};
use crate::config::objectives::LONG_POLL_REFERENCE;
use crate::cost::pricing::MONTH;
use crate::telemetry::{Past, QueueMetrics, Snapshot};

/// The window that money is projected from.
const PROJECTION: Duration = Duration::from_secs(3600);

/// What a queue costs, by the last hour.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CostReport {
    /// How much of the hour this process has seen.
    pub covered_seconds: f64,
    /// Share of the receives that brought nothing. Null where there were none.
    pub empty_receive_ratio: Option<f64>,
    /// Receives that brought nothing, a second. Null in the first second.
    pub empty_receives_per_second: Option<f64>,
    /// The fewest that would have done: long polls in the time that these waited.
    pub long_poll_floor_per_second: Option<f64>,
    /// Dollars for each deleted message, above what an idle queue costs anyway. Null where none was
    /// deleted.
    pub per_message_usd: Option<f64>,
    /// Dollars that this may be.
    pub per_message_objective_usd: f64,
    /// Dollars for 30 days at this rate. Null in the first second.
    pub projected_spend_per_month_usd: Option<f64>,
    /// Of these, dollars for receives that brought nothing and did not wait as long as SQS lets them.
    pub projected_waste_per_month_usd: Option<f64>,
    /// Dollars for 30 days by which messages cost more than they may. Null where none was deleted.
    pub projected_overspend_per_month_usd: Option<f64>,
    /// Dollars that 30 days of avoidable empty receives may cost before an alert fires.
    pub waste_budget_per_month_usd: f64,
}

impl CostReport {
    pub(super) fn of(metrics: &QueueMetrics) -> Self {
        let objectives = metrics.objectives();
        let Past { events, covered } = metrics.past(PROJECTION);
        let price = metrics.price_per_request_usd();
        let seconds = covered.as_secs_f64();
        let per_second = |number: f64| (seconds >= 1.0).then(|| number / seconds);
        let per_month = |dollars| per_second(dollars).map(|rate| cents(rate * MONTH.as_secs_f64()));
        let deleted = events.deleted as f64;
        let per_message_objective_usd = objectives.cost_per_million_messages_usd / 1e6;
        let per_message_usd = (events.deleted > 0).then(|| above_idle(&events) * price / deleted);
        let overspend =
            per_message_usd.map(|usd| (usd - per_message_objective_usd).max(0.0) * deleted);
        Self {
            covered_seconds: whole(covered.min(PROJECTION)),
            empty_receive_ratio: (events.receives > 0).then(|| short(events.empty_ratio())),
            empty_receives_per_second: per_second(events.empty_receives as f64).map(short),
            long_poll_floor_per_second: per_second(long_polls(&events)).map(short),
            per_message_usd,
            per_message_objective_usd,
            projected_spend_per_month_usd: per_month(events.billed_requests as f64 * price),
            projected_waste_per_month_usd: per_month(in_vain(&events) * price),
            projected_overspend_per_month_usd: overspend.and_then(per_month),
            waste_budget_per_month_usd: objectives.waste_budget_per_month_usd,
        }
    }
}

/// Receives that would have been enough, had each empty one waited as long as it can.
pub(crate) fn long_polls(events: &Snapshot) -> f64 {
    events.empty_receive_micros as f64 / 1e6 / LONG_POLL_REFERENCE.as_secs_f64()
}

/// Empty receives above those.
pub(crate) fn in_vain(events: &Snapshot) -> f64 {
    excess_receives(events.empty_receives, events.empty_receive_micros as f64 / 1e6)
}

/// Requests above those.
fn above_idle(events: &Snapshot) -> f64 {
    excess_receives(events.billed_requests, events.empty_receive_micros as f64 / 1e6)
}

/// Receives beyond what long polling would have needed in the time that the empty ones waited. Each that
/// waited the whole reference counts nothing.
pub fn excess_receives(receives: u64, waited_seconds: f64) -> f64 {
    (receives as f64 - waited_seconds / LONG_POLL_REFERENCE.as_secs_f64()).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_long_poll_wastes_nothing_and_a_short_one_nearly_all() {
        assert!(excess_receives(180, 3600.0).abs() < 1e-9);
        assert!((excess_receives(1000, 10.0) - 999.5).abs() < 1e-9);
        assert!(excess_receives(1, 20.4).abs() < 1e-9, "clocks round; there is no negative waste");
    }
}
