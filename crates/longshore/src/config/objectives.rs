//! The objectives of a queue: SLOs and cost.

use std::time::Duration;

/// The factor of the steepest burn-rate alert on delivery, latency and freshness: it fires when the
/// error budget burns this many times faster than allowed.
/// <https://sre.google/workbook/alerting-on-slos/>
pub const STEEPEST_BURN: f64 = 14.4;

/// The factor of the steepest alert on polling. It never pages anyone, so it is lower.
pub const STEEPEST_POLLING_BURN: f64 = 6.0;

/// The wait that polling is judged by: the longest that SQS allows. If polling were judged by the
/// *configured* wait, a queue with short polling would never show waste.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html>
pub const LONG_POLL_REFERENCE: Duration = Duration::from_secs(20);

/// The objectives of one queue. A ratio is the target share of good events over 30 days: less than
/// 1, and more than 0.9306, or 0.8333 for polling. Below that the steepest alert could never fire.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct ObjectivesConfig {
    /// Share of messages that are processed successfully. Default: 0.999.
    pub delivery: f64,
    /// The number of receives after which a message counts as failed while no redrive policy is
    /// known, or if there is none: 1 or more. Default: 5.
    pub delivery_attempts: u32,
    /// Share of processed messages whose handler ended within `latency_threshold`. Default: 0.99.
    pub latency: f64,
    /// The maximum time of a good handler: more than 0. Default: 5 s.
    pub latency_threshold: Duration,
    /// Share of messages whose handler starts within `freshness_threshold` after they could be
    /// received. Default: 0.99.
    pub freshness: f64,
    /// The maximum age of a message when its handler starts, without the delay of the queue. Zero
    /// switches the objective off, for queues that wait on purpose. Default: 10 s.
    pub freshness_threshold: Duration,
    /// Share of receives that return messages or wait for [`LONG_POLL_REFERENCE`]. Default: 0.95.
    pub polling: f64,
    /// An alert needs at least this number of bad events in its longer window, because one failure
    /// in six messages is not a trend: 1 or more. Default: 5.
    pub min_bad_events: u32,
    /// Maximum cost of a million messages in US dollars, above what an idle queue costs: more than
    /// 0. Default: 1.00.
    pub cost_per_million_messages_usd: f64,
    /// Maximum waste on empty receives per month in US dollars before an alert fires: 0 or more.
    /// Default: 50.00.
    pub waste_budget_per_month_usd: f64,
}

impl Default for ObjectivesConfig {
    fn default() -> Self {
        Self {
            delivery: 0.999,
            delivery_attempts: 5,
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

/// Whether an alert of this factor can ever fire for this objective. If every event is bad, the
/// budget burns `1 / (1 - objective)` times faster than allowed.
pub fn is_reachable(objective: f64, factor: f64) -> bool {
    factor * (1.0 - objective) < 1.0
}
