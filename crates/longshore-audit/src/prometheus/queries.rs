//! The queries, by queue.

use longshore::config::objectives::LONG_POLL_REFERENCE;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Query {
    /// The days since the first sample.
    Days,
    /// The same for queues that have samples of less than [`RECENT_HOURS`], to the second.
    RecentDays,
    Received,
    FirstReceives,
    Deleted,
    EmptyReceives,
    WastedReceives,
    Heartbeats,
    BilledRequests,
    HandlerP99,
}

/// The hours of [`Query::RecentDays`].
pub(super) const RECENT_HOURS: u32 = 2;

pub(super) const QUERIES: &[Query] = &[
    Query::Days,
    Query::RecentDays,
    Query::Received,
    Query::FirstReceives,
    Query::Deleted,
    Query::EmptyReceives,
    Query::WastedReceives,
    Query::Heartbeats,
    Query::BilledRequests,
    Query::HandlerP99,
];

impl Query {
    /// The expression over the last days. It sums up all workers, also those that ended.
    pub(super) fn expression(self, days: u32) -> String {
        let increase =
            |selector: &str| format!("sum by (queue) (increase(longshore_{selector}[{days}d]))");
        match self {
            // 1,440 steps, so that a server with many workers can answer.
            Self::Days => since_first_sample(&format!("{days}d:{days}m")),
            Self::RecentDays => since_first_sample(&format!("{RECENT_HOURS}h:1s")),
            Self::Received => increase("messages_received_total"),
            Self::FirstReceives => increase("messages_received_total{delivery=\"first\"}"),
            Self::Deleted => increase("messages_total{result=\"deleted\"}"),
            Self::EmptyReceives => increase("receive_duration_seconds_count{outcome=\"empty\"}"),
            Self::WastedReceives => format!(
                "clamp_min({} - {} / {}, 0)",
                increase("receive_duration_seconds_count{outcome=\"empty\"}"),
                increase("receive_duration_seconds_sum{outcome=\"empty\"}"),
                LONG_POLL_REFERENCE.as_secs(),
            ),
            Self::Heartbeats => increase("billed_requests_total{action=\"change_visibility\"}"),
            Self::BilledRequests => increase("billed_requests_total"),
            Self::HandlerP99 => format!(
                "histogram_quantile(0.99, sum by (queue, le) (increase(longshore_processing_duration_seconds_bucket[{days}d])))"
            ),
        }
    }
}

/// The days since the first sample in a range.
fn since_first_sample(range: &str) -> String {
    let first = format!("min_over_time((min by (queue) (timestamp(longshore_pollers)))[{range}])");
    format!("(time() - {first}) / 86400")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_query_is_by_queue_and_over_the_days() {
        for query in QUERIES {
            let expression = query.expression(14);
            assert!(expression.contains("by (queue"), "{expression}");
            let range = if *query == Query::RecentDays { "[2h:1s]" } else { "[14d" };
            assert!(expression.contains(range), "{expression}");
        }
    }
}
