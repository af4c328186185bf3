//! The cost of a queue, by the last hour.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::rounding::{cents, four_places, whole_seconds};
use crate::cost::pricing::MONTH;
use crate::telemetry::{Figures, Past};

/// The window that a month is projected from.
const PROJECTION: Duration = Duration::from_secs(3600);

/// The cost of a queue, by the last hour.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct CostReport {
    /// Seconds of the hour that this process has seen.
    pub covered_seconds: f64,
    /// Share of the receives that returned no message, 0 to 1. Null without receives.
    pub empty_receive_ratio: Option<f64>,
    /// Empty receives per second. Null in the first second.
    pub empty_receives_per_second: Option<f64>,
    /// The minimum that was possible: 20 s long polls in the time that the empty receives waited.
    pub long_poll_floor_per_second: Option<f64>,
    /// Dollars for each deleted message, without what an idle queue costs in the same time. Null if
    /// no message was deleted.
    pub per_message_usd: Option<f64>,
    /// The objective for `per_message_usd`, in dollars.
    pub per_message_objective_usd: f64,
    /// Dollars in 30 days at this rate. Null in the first second.
    pub projected_spend_per_month_usd: Option<f64>,
    /// Of these, dollars for empty receives that long polling would have avoided.
    pub projected_waste_per_month_usd: Option<f64>,
    /// Dollars in 30 days above the objective for messages. Null if no message was deleted.
    pub projected_overspend_per_month_usd: Option<f64>,
    /// The budget for `projected_waste_per_month_usd`, in dollars. Above it an alert can fire.
    pub waste_budget_per_month_usd: f64,
}

impl CostReport {
    pub(super) fn new(figures: &Figures) -> Self {
        let objectives = figures.objectives();
        let Past { events, covered } = figures.past(PROJECTION);
        let price = figures.price_per_request_usd();
        let seconds = covered.as_secs_f64();
        let per_second = |number: f64| (seconds >= 1.0).then(|| number / seconds);
        let per_month = |dollars| per_second(dollars).map(|rate| cents(rate * MONTH.as_secs_f64()));
        let deleted = events.deleted as f64;
        let per_message_objective_usd = objectives.cost_per_million_messages_usd / 1e6;
        let per_message_usd =
            (events.deleted > 0).then(|| events.requests_above_idle() * price / deleted);
        let overspend =
            per_message_usd.map(|usd| (usd - per_message_objective_usd).max(0.0) * deleted);
        Self {
            covered_seconds: whole_seconds(covered.min(PROJECTION)),
            empty_receive_ratio: (events.receives > 0).then(|| four_places(events.empty_ratio())),
            empty_receives_per_second: per_second(events.empty_receives as f64).map(four_places),
            long_poll_floor_per_second: per_second(events.long_poll_floor()).map(four_places),
            per_message_usd,
            per_message_objective_usd,
            projected_spend_per_month_usd: per_month(events.billed_requests as f64 * price),
            projected_waste_per_month_usd: per_month(events.wasted_receives() * price),
            projected_overspend_per_month_usd: overspend.and_then(per_month),
            waste_budget_per_month_usd: objectives.waste_budget_per_month_usd,
        }
    }
}
