//! The catalog of metrics: name, kind, help, labels and buckets of each. Registration, the
//! documents and the tests of dashboards and alerts read it.

use super::activity::{Awaited, BreakerState, Heartbeat};
use crate::label::LabelSet;
use crate::outcome::{
    DeadLetterMove, Ending, Fate, HandlerError, PayloadDelete, PayloadRead, ReceiveOutcome,
    Settled, Settling, TaskRun, TaskSender,
};
use crate::queue::{Action, ApiResult, BacklogState, Delivery};
use crate::slo::{Judgement, Slo};

/// The declaration of one metric.
#[derive(Debug)]
pub struct Metric {
    /// The name in Prometheus.
    pub name: &'static str,
    /// Counter, gauge, or histogram with its buckets.
    pub kind: Kind,
    /// Its meaning, in one sentence.
    pub help: &'static str,
    /// The labels, in order.
    pub labels: &'static [Label],
}

/// The kind of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Only increases. It is zero at the start of the process.
    Counter,
    /// Increases and decreases.
    Gauge,
    /// Counts observations in buckets with these upper bounds. Without bounds, the exporter would
    /// create a summary, and summaries of several processes cannot be added.
    Histogram(&'static [f64]),
}

impl Kind {
    /// The name of the kind in Prometheus.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// A label and its possible values.
#[derive(Debug)]
pub struct Label {
    /// The name of the label.
    pub name: &'static str,
    /// All possible values. `None` if the values come from the configuration.
    pub values: Option<&'static [&'static str]>,
}

const QUEUE: Label = free("queue");

/// The label of the configured routes of a queue. A queue without routes has series without it.
pub(super) const ROUTE: &str = "route";

/// A label whose values are not known in advance.
const fn free(name: &'static str) -> Label {
    Label { name, values: None }
}

const fn closed<L: LabelSet>(name: &'static str) -> Label {
    Label { name, values: Some(L::VALUES) }
}

// Each bound is a series for each queue, process and value of the labels, and no rule reads one. So
// a metric has the bounds that a panel needs to tell fast from slow, and no more.

/// An answer at once, within a second, within the longest long poll of 20 s, or later than that.
const RECEIVE_SECONDS: &[f64] = &[0.1, 1.0, 20.5];
/// From handlers of 10 ms to handlers of 15 minutes.
const HANDLER_SECONDS: &[f64] = &[0.01, 0.05, 0.25, 1.0, 5.0, 30.0, 300.0, 900.0];
/// From 100 ms to 1 hour.
const WAIT_SECONDS: &[f64] = &[0.1, 1.0, 10.0, 60.0, 300.0, 3600.0];
/// From the first back-off, of seconds, to 10 minutes.
const REDELIVERY_SECONDS: &[f64] = &[1.0, 10.0, 60.0, 600.0];
/// No message, one, more, and ten, which is the most that SQS returns.
const RECEIVE_SIZES: &[f64] = &[0.0, 1.0, 9.0];
/// Only the sum and the count are shown. The bucket tells requests for one message from others.
const SETTLE_SIZES: &[f64] = &[1.0];
/// From one message to the largest batch.
const HANDLER_BATCH_SIZES: &[f64] = &[1.0, 10.0, 100.0, 1000.0, 10_000.0];
/// Only the sum and the count are shown. `gather` is at most 1 s by default.
const GATHER_SECONDS: &[f64] = &[1.0];

macro_rules! catalog {
    ($($(#[doc = $help:literal])+ $id:ident = $kind:expr, $name:literal [$($label:expr),*];)+) => {
        $($(#[doc = $help])+
        pub const $id: Metric = Metric {
            name: $name,
            kind: $kind,
            help: concat!($($help),+).trim_ascii(),
            labels: &[$($label),*],
        };)+

        /// All metrics, in the order of the documents.
        pub const ALL: &[&Metric] = &[$(&$id),+];
    };
}

catalog! {
    /// Duration of receives, from the request to the response, by outcome.
    RECEIVE_DURATION = Kind::Histogram(RECEIVE_SECONDS), "longshore_receive_duration_seconds"
        [QUEUE, closed::<ReceiveOutcome>("outcome")];
    /// Number of messages that one receive returned.
    RECEIVE_BATCH_SIZE = Kind::Histogram(RECEIVE_SIZES), "longshore_receive_batch_size" [QUEUE];
    /// Time that a poll loop waited before a receive, so that it returns more messages, by reason.
    GATHER_DURATION = Kind::Histogram(GATHER_SECONDS), "longshore_gather_duration_seconds"
        [QUEUE, closed::<Awaited>("awaited")];
    /// Messages received. Each delivery counts.
    MESSAGES_RECEIVED = Kind::Counter, "longshore_messages_received_total"
        [QUEUE, closed::<Delivery>("delivery")];
    /// Deliveries of messages that ended, by result.
    MESSAGES = Kind::Counter, "longshore_messages_total" [QUEUE, closed::<Settled>("result")];
    /// Messages that were rejected because they were older than `max_age`. Each delivery counts.
    MESSAGES_EXPIRED = Kind::Counter, "longshore_messages_expired_total" [QUEUE];
    /// Messages whose handler was aborted by a shutdown.
    MESSAGES_ABORTED = Kind::Counter, "longshore_messages_aborted_total" [QUEUE];
    /// Messages in flight during a shutdown, by what happened to them.
    SHUTDOWN_MESSAGES = Kind::Counter, "longshore_shutdown_messages_total"
        [QUEUE, closed::<Fate>("fate")];
    /// Time that handlers ran, by outcome.
    PROCESSING_DURATION = Kind::Histogram(HANDLER_SECONDS), "longshore_processing_duration_seconds"
        [QUEUE, closed::<Ending>("outcome"), free(ROUTE)];
    /// Time from sending a message to the start of its handler, or from its publication if it was in an
    /// envelope.
    QUEUE_WAIT = Kind::Histogram(WAIT_SECONDS), "longshore_queue_wait_seconds"
        [QUEUE, closed::<Delivery>("delivery")];
    /// Time from the first receive of a redelivered message to the start of its handler.
    REDELIVERY_DELAY = Kind::Histogram(REDELIVERY_SECONDS),
        "longshore_redelivery_delay_seconds" [QUEUE];
    /// Requests to SQS, by result. Each attempt counts, including retries.
    API_REQUESTS = Kind::Counter, "longshore_api_requests_total"
        [QUEUE, closed::<Action>("action"), closed::<ApiResult>("result")];
    /// Requests that SQS bills: one for each 64 KiB of each attempt with a response.
    BILLED_REQUESTS = Kind::Counter, "longshore_billed_requests_total"
        [QUEUE, closed::<Action>("action")];
    /// Configured price of one request, in US dollars.
    REQUEST_PRICE = Kind::Gauge, "longshore_request_price_usd" [QUEUE];
    /// Price of all requests per deleted message over the last 5 minutes, in US dollars.
    COST_PER_MESSAGE = Kind::Gauge, "longshore_cost_per_message_usd" [QUEUE];
    /// Share of receives that returned no message, over the last 5 minutes.
    EMPTY_RECEIVE_RATIO = Kind::Gauge, "longshore_empty_receive_ratio" [QUEUE];
    /// Messages received and not yet settled.
    MESSAGES_IN_FLIGHT = Kind::Gauge, "longshore_messages_in_flight" [QUEUE];
    /// Buffered messages: received, but their handler has not started.
    MESSAGES_HELD = Kind::Gauge, "longshore_messages_held" [QUEUE];
    /// Age of the oldest message in flight: the time since this worker received it.
    OLDEST_IN_FLIGHT = Kind::Gauge, "longshore_oldest_in_flight_seconds" [QUEUE];
    /// Age of the oldest message of the last receive: the time since it was sent. 0 if an empty
    /// long poll showed that no message waits.
    OLDEST_RECEIVED = Kind::Gauge, "longshore_oldest_received_message_seconds" [QUEUE];
    /// State of the circuit breaker: 1 for the current state, otherwise 0.
    BREAKER_STATE = Kind::Gauge, "longshore_breaker_state"
        [QUEUE, closed::<BreakerState>("state")];
    /// Running poll loops.
    POLLERS = Kind::Gauge, "longshore_pollers" [QUEUE];
    /// Free handler slots.
    SLOTS = Kind::Gauge, "longshore_slots" [QUEUE];
    /// Messages in the queue, by state, as last reported by SQS.
    BACKLOG = Kind::Gauge, "longshore_backlog_messages" [QUEUE, closed::<BacklogState>("state")];
    /// Messages in the dead-letter queue, as last reported by SQS. 0 if the queue no longer has one.
    DEAD_LETTERS = Kind::Gauge, "longshore_dead_letter_messages" [QUEUE];
    /// Retention of the dead-letter queue.
    DEAD_LETTER_RETENTION = Kind::Gauge, "longshore_dead_letter_retention_seconds" [QUEUE];
    /// Visibility extensions of messages, by result.
    HEARTBEATS = Kind::Counter, "longshore_heartbeats_total"
        [QUEUE, closed::<Heartbeat>("result")];
    /// Number of messages in one delete or visibility change.
    SETTLE_BATCH_SIZE = Kind::Histogram(SETTLE_SIZES), "longshore_settle_batch_size"
        [QUEUE, closed::<Settling>("action")];
    /// Messages whose handler failed, by kind of failure.
    HANDLER_ERRORS = Kind::Counter, "longshore_handler_errors_total"
        [QUEUE, closed::<HandlerError>("kind"), free(ROUTE)];
    /// FIFO queues: message groups with messages in flight in this worker.
    MESSAGE_GROUPS = Kind::Gauge, "longshore_message_groups" [QUEUE];
    /// FIFO queues: the longest time for which a message group has not advanced, because a message
    /// is processed or has failed. 0 if no group waits.
    GROUP_BLOCKED = Kind::Gauge, "longshore_message_group_blocked_seconds" [QUEUE];
    /// FIFO queues: messages released to be processed later, because an earlier message of
    /// their group failed.
    RELEASED_BEHIND_FAILURE = Kind::Counter, "longshore_messages_released_behind_failure_total"
        [QUEUE];
    /// Batch handlers: number of messages of one call.
    HANDLER_BATCH_SIZE = Kind::Histogram(HANDLER_BATCH_SIZES), "longshore_handler_batch_size" [QUEUE];
    /// Rejected messages of a queue with `on_reject = "dead_letter"`, by what happened to them. One that
    /// was not moved stays in its queue until the redrive policy moves it.
    DEAD_LETTER_MOVES = Kind::Counter, "longshore_dead_letter_moves_total"
        [QUEUE, closed::<DeadLetterMove>("result")];
    /// Runs of the periodic tasks of `cron`, by result. `missed` and `failed` were not sent.
    PERIODIC_TASKS = Kind::Counter, "longshore_periodic_tasks_total"
        [QUEUE, free("task"), closed::<TaskRun>("result")];
    /// Time of the last run of a periodic task that this worker sent, as a Unix time. Not the time at which
    /// it was sent.
    PERIODIC_TASK_RUN = Kind::Gauge, "longshore_periodic_task_run_timestamp_seconds"
        [QUEUE, free("task")];
    /// The sender of the periodic tasks of the queue, as this worker is configured: one of the workers that
    /// share a table, this worker as the leader, or another worker. 1, and 0 once this worker stops and
    /// sends no more.
    PERIODIC_TASK_SENDER = Kind::Gauge, "longshore_periodic_task_sender"
        [QUEUE, closed::<TaskSender>("sender")];
    /// Queues with `payloads.buckets`: reads of payloads from S3, by result. A read that S3 does
    /// not answer is repeated twice, and counts once.
    PAYLOAD_READS = Kind::Counter, "longshore_payload_reads_total"
        [QUEUE, closed::<PayloadRead>("result")];
    /// Queues with `payloads.buckets`: bytes of the payloads that were read from S3.
    PAYLOAD_BYTES = Kind::Counter, "longshore_payload_bytes_total" [QUEUE];
    /// Queues with `payloads.delete`: deletes of payloads of processed messages, by result. The
    /// object stays if its delete failed.
    PAYLOAD_DELETES = Kind::Counter, "longshore_payload_deletes_total"
        [QUEUE, closed::<PayloadDelete>("result")];
    /// Events that count for a service level objective, by whether they met the objective.
    SLO_EVENTS = Kind::Counter, "longshore_slo_events_total"
        [QUEUE, closed::<Slo>("slo"), closed::<Judgement>("result")];
    /// Configured objective: the share of events that must be good.
    SLO_OBJECTIVE = Kind::Gauge, "longshore_slo_objective_ratio" [QUEUE, closed::<Slo>("slo")];
    /// Configured minimum number of bad events for an alert.
    SLO_MIN_BAD_EVENTS = Kind::Gauge, "longshore_slo_min_bad_events" [QUEUE, closed::<Slo>("slo")];
    /// Longest wait that SQS supports. The polling objective compares receives with it.
    LONG_POLL_REFERENCE = Kind::Gauge, "longshore_long_poll_reference_seconds" [QUEUE];
    /// Configured budget for avoidable empty receives in 30 days, in US dollars.
    WASTE_BUDGET = Kind::Gauge, "longshore_waste_budget_usd" [QUEUE];
    /// Configured objective for the cost per message above the idle floor, in US dollars.
    MESSAGE_COST_OBJECTIVE = Kind::Gauge, "longshore_message_cost_objective_usd" [QUEUE];
    /// Attributes of the queue, read from SQS at start, in seconds or as a count.
    QUEUE_ATTRIBUTE = Kind::Gauge, "longshore_queue_attribute"
        [QUEUE, Label { name: "attribute", values: Some(QUEUE_ATTRIBUTES) }];
    /// Always 1, once SQS has named the queue. Joins region, account and name to the other series:
    /// `* on (queue, instance) group_left (region, account) longshore_queue_info`.
    QUEUE_INFO = Kind::Gauge, "longshore_queue_info" [QUEUE, free("name"), free("region"), free("account")];
    /// Configured wait of each receive.
    CONFIGURED_WAIT = Kind::Gauge, "longshore_configured_wait_seconds" [QUEUE];
    /// Configured visibility timeout of each receive.
    CONFIGURED_VISIBILITY = Kind::Gauge, "longshore_configured_visibility_seconds" [QUEUE];
    /// Configured maximum number of handlers that run at the same time.
    CONFIGURED_CONCURRENCY = Kind::Gauge, "longshore_configured_concurrency" [QUEUE];
    /// Always 1. The label is the version of the worker.
    BUILD_INFO = Kind::Gauge, "longshore_build_info" [free("version")];
    /// 1 while the worker shuts down, otherwise 0.
    DRAINING = Kind::Gauge, "longshore_draining" [];
    /// 1 while a stopped worker waits for its last scrape, otherwise 0.
    LAST_SCRAPE_PENDING = Kind::Gauge, "longshore_last_scrape_pending" [];
    /// Log lines that the program dropped because stderr was not read. The library drops none.
    LOG_LINES_DROPPED = Kind::Counter, "longshore_log_lines_dropped_total" [];
}

/// Metrics whose series appear when their value is known: 0 would be wrong before that.
pub const LATE: &[&Metric] = &[
    &OLDEST_RECEIVED,
    &BACKLOG,
    &DEAD_LETTERS,
    &DEAD_LETTER_RETENTION,
    &QUEUE_ATTRIBUTE,
    &QUEUE_INFO,
    &PERIODIC_TASK_RUN,
];

/// Metrics that only FIFO queues have.
pub const OF_FIFO_QUEUES: &[&Metric] = &[&MESSAGE_GROUPS, &GROUP_BLOCKED, &RELEASED_BEHIND_FAILURE];

/// Metrics that only queues with a batch handler have.
pub const OF_BATCH_HANDLERS: &[&Metric] = &[&HANDLER_BATCH_SIZE];

/// Metrics that only queues have whose rejected messages are moved to the dead-letter queue.
pub const OF_MOVED_REJECTS: &[&Metric] = &[&DEAD_LETTER_MOVES];

/// Metrics that only queues with `max_age` have.
pub const OF_MAX_AGE: &[&Metric] = &[&MESSAGES_EXPIRED];

/// Metrics that only queues with periodic tasks have.
pub const OF_PERIODIC_TASKS: &[&Metric] =
    &[&PERIODIC_TASKS, &PERIODIC_TASK_RUN, &PERIODIC_TASK_SENDER];

/// Metrics that only queues have whose payloads can be in S3.
pub const OF_PAYLOADS: &[&Metric] = &[&PAYLOAD_READS, &PAYLOAD_BYTES, &PAYLOAD_DELETES];

/// Histograms whose buckets appear with the first observation, because most of their label values
/// never occur. Their sums and counts are zero before it. A quantile misses what was observed before
/// the first scrape that has the buckets, so [`PROCESSING_DURATION`] has those of handlers that are
/// done from the start.
pub const LATE_BUCKETS: &[&Metric] = &[&PROCESSING_DURATION, &GATHER_DURATION, &SETTLE_BATCH_SIZE];

/// The numeric attributes of a queue that a consumer needs. `max_receive_count` is 0 if the queue
/// has no dead-letter queue.
pub const QUEUE_ATTRIBUTES: &[&str] = &[
    "receive_wait_seconds",
    "visibility_timeout_seconds",
    "retention_seconds",
    "delay_seconds",
    "max_receive_count",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_prometheus_conventions() {
        for metric in ALL {
            let counter = metric.kind == Kind::Counter;
            assert!(metric.name.starts_with("longshore_"), "{}", metric.name);
            assert_eq!(metric.name.ends_with("_total"), counter, "{}", metric.name);
            assert!(metric.name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
            assert!(metric.help.ends_with('.'), "the help of {} is not a sentence", metric.name);
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = ALL.iter().map(|metric| metric.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }

    #[test]
    fn histograms_have_ascending_buckets() {
        for metric in ALL {
            if let Kind::Histogram(buckets) = metric.kind {
                assert!(!buckets.is_empty(), "{} would become a summary", metric.name);
                assert!(buckets.is_sorted(), "{}", metric.name);
            }
        }
    }
}
