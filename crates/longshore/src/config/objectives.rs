//! What a queue is held to: the objectives of its SLOs, and what it may cost.

use std::time::Duration;

/// The factor of the steepest burn-rate alert on what users feel: it fires when this many times the
/// error budget is being spent. <https://sre.google/workbook/alerting-on-slos/>
pub const STEEPEST_BURN: f64 = 14.4;

/// The factor of the steepest alert on polling. It never wakes anybody, so it is less steep.
pub const STEEPEST_POLLING_BURN: f64 = 6.0;

/// The wait that polling is judged against, SQS's longest: against the *configured* wait a queue that
/// is configured to short-poll would never show waste.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html>
pub const LONG_POLL_REFERENCE: Duration = Duration::from_secs(20);

/// The objectives of one queue. A ratio is the share of events that are to be good, over 30 days.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectivesConfig {
    /// Messages that end in success.
    pub delivery: f64,
    /// Handlers that take at most `latency_threshold`.
    pub latency: f64,
    /// What a handler may take.
    pub latency_threshold: Duration,
    /// First deliveries that start within `freshness_threshold` of being sent.
    pub freshness: f64,
    /// What a message may wait.
    pub freshness_threshold: Duration,
    /// Receives that bring messages or wait for [`LONG_POLL_REFERENCE`].
    pub polling: f64,
    /// Fewer bad events than this in an alert's longer window are no alert: one failure in six messages is
    /// no trend.
    pub min_bad_events: u32,
    /// Dollars that a million messages may cost, above what an idle queue costs anyway.
    pub cost_per_million_messages_usd: f64,
    /// Dollars a month that may go into empty receives before anybody is told.
    pub waste_budget_per_month_usd: f64,
}

impl Default for ObjectivesConfig {
    fn default() -> Self {
        Self {
            delivery: 0.999,
            latency: 0.99,
            latency_threshold: Duration::from_secs(5),
            freshness: 0.99,
            freshness_threshold: Duration::from_secs(10),
            polling: 0.95,
            min_bad_events: 5,
            cost_per_million_messages_usd: 1.0,
            waste_budget_per_month_usd: 50.0,
        }
    }
}

/// Whether an alert of this factor can ever fire for this objective: at worst every event is bad, and
/// the budget burns `1 / (1 - objective)` times as fast as it may.
pub fn is_reachable(objective: f64, factor: f64) -> bool {
    factor * (1.0 - objective) < 1.0
}
