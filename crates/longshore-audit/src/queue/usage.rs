//! What happened to the messages of a queue in the last days.

use std::time::Duration;

use longshore::cost::pricing::MONTH;

const DAY_SECONDS: f64 = 86_400.0;

/// Sums and extremes of the metrics of one queue over a number of days. A sum is 0 if CloudWatch has no
/// data, because a queue without activity has none. An extreme is `None` then.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Usage {
    /// The days that the figures cover: fewer than asked for if the queue is younger.
    pub days: f64,
    /// `NumberOfMessagesSent`.
    pub sent: f64,
    /// `NumberOfMessagesReceived`: messages, not requests.
    pub received: f64,
    /// `NumberOfMessagesDeleted`.
    pub deleted: f64,
    /// `NumberOfEmptyReceives`: requests.
    pub empty_receives: f64,
    /// The sum of `SentMessageSize` in bytes.
    pub sent_bytes: f64,
    /// The maximum of `SentMessageSize` in bytes.
    pub largest_message_bytes: Option<f64>,
    /// The maximum of `ApproximateNumberOfMessagesNotVisible`.
    pub most_in_flight: Option<f64>,
    /// The latest `ApproximateAgeOfOldestMessage`, for dead-letter queues.
    pub oldest: Option<Duration>,
    /// The maximum of `ApproximateAgeOfOldestMessage`.
    pub oldest_ever: Option<Duration>,
    /// Whether the oldest message of each day was older than that of the day before.
    pub oldest_rises: bool,
    /// The maximum of `ApproximateNumberOfGroupsWithInflightMessages`, for FIFO queues.
    pub most_groups: Option<f64>,
    /// The maximum of `ApproximateNumberOfNoisyGroups`, for fair queues.
    pub most_noisy_groups: Option<f64>,
    /// The hour with most sent messages, in messages per second.
    pub busiest_hour_per_second: Option<f64>,
    /// What the workers of Longshore counted. `None` with the metrics of CloudWatch.
    pub worker: Option<WorkerCounters>,
}

/// Counters of the workers of Longshore, which CloudWatch does not have.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WorkerCounters {
    /// Receives that brought no message, above one per 20 s of waiting.
    pub wasted_receives: f64,
    /// Billed requests that change visibility timeouts.
    pub heartbeats: f64,
    /// Billed requests of all actions.
    pub billed_requests: f64,
    /// The p99 of the handler time, if any message was handled.
    pub handler_p99: Option<Duration>,
}

impl Usage {
    /// What this is in a month of 30 days.
    pub fn a_month(&self, over_all_days: f64) -> f64 {
        self.per_second(over_all_days) * MONTH.as_secs_f64()
    }

    /// How many a second on average.
    pub fn per_second(&self, over_all_days: f64) -> f64 {
        over_all_days / (self.days * DAY_SECONDS)
    }

    /// The average size of a sent message in bytes.
    pub fn message_bytes(&self) -> Option<f64> {
        (self.sent > 0.0).then(|| self.sent_bytes / self.sent)
    }

    /// Messages that consumers process per second. More may be received, if some are received again.
    pub fn processed_per_second(&self) -> f64 {
        self.per_second(self.deleted)
    }

    /// Whether no message was sent or received.
    pub fn is_without_messages(&self) -> bool {
        self.sent == 0.0 && self.received == 0.0
    }

    #[cfg(test)]
    pub(crate) fn example() -> Self {
        Self {
            days: 14.0,
            sent: 1e6,
            received: 1e6,
            deleted: 1e6,
            // Two poll loops that wait for 20 s.
            empty_receives: 2.0 * 3.0 * 60.0 * 24.0 * 14.0,
            sent_bytes: 2e9,
            largest_message_bytes: Some(9_000.0),
            most_in_flight: Some(100.0),
            oldest: Some(Duration::from_secs(2)),
            oldest_ever: Some(Duration::from_secs(60)),
            oldest_rises: false,
            most_groups: Some(20.0),
            most_noisy_groups: Some(0.0),
            busiest_hour_per_second: Some(3.0),
            worker: None,
        }
    }
}
