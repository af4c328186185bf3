//! Every metric, declared once: name, kind, unit, help, labels and buckets. Registration, the
//! documents and the tests of dashboards and alerts all read it here.

use super::labels::{
    Action, ApiResult, Awaited, BacklogState, Delivery, Ending, Fate, HandlerError, Heartbeat,
    Judgement, LabelSet, ReceiveOutcome, Settled, Settling, Slo,
};

/// One metric's declaration.
#[derive(Debug)]
pub struct Metric {
    /// As Prometheus sees it.
    pub name: &'static str,
    /// Counter, gauge, or histogram with its buckets.
    pub kind: Kind,
    /// What it says, in one sentence.
    pub help: &'static str,
    /// Its labels, in order.
    pub labels: &'static [Label],
}

/// What kind of metric it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    /// Only rises, from zero at the start of the process.
    Counter,
    /// Rises and falls.
    Gauge,
    /// Counts observations by these upper bounds. Without bounds the exporter would make a summary,
    /// which cannot be added up over processes.
    Histogram(&'static [f64]),
}

impl Kind {
    /// As Prometheus names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram(_) => "histogram",
        }
    }
}

/// A label and what it may say.
#[derive(Debug)]
pub struct Label {
    /// The label's name.
    pub name: &'static str,
    /// Every value it can have; `None` where the values are configured names.
    pub values: Option<&'static [&'static str]>,
}

const QUEUE: Label = Label { name: "queue", values: None };

const fn closed<L: LabelSet>(name: &'static str) -> Label {
    Label { name, values: Some(L::VALUES) }
}

/// Up to the longest receive: 20 s of wait, and ten more before it is given up.
const RECEIVE_SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 19.0, 20.5, 25.0, 30.0];
/// From a handler that only counts to one that takes minutes.
pub(super) const HANDLER_SECONDS: &[f64] = &[
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0,
];
/// From at once to the hour in which somebody has noticed.
const WAIT_SECONDS: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0,
];
/// SQS takes batches of one to ten.
const BATCH_SIZES: &[f64] = &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];
/// Receives may also bring nothing.
const RECEIVE_SIZES: &[f64] = &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0];
/// Up to a second by default; who asks for more has patience.
const GATHER_SECONDS: &[f64] = &[0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0];

macro_rules! catalog {
    ($($(#[doc = $help:literal])+ $id:ident = $kind:expr, $name:literal [$($label:expr),*];)+) => {
        $($(#[doc = $help])+
        pub const $id: Metric = Metric {
            name: $name,
            kind: $kind,
            help: concat!($($help),+).trim_ascii(),
            labels: &[$($label),*],
        };)+

        /// The whole catalogue, in the order of the documents.
        pub const ALL: &[&Metric] = &[$(&$id),+];
    };
}

catalog! {
    /// Time from sending a receive to its answer, by how it ended.
    RECEIVE_DURATION = Kind::Histogram(RECEIVE_SECONDS), "longshore_receive_duration_seconds"
        [QUEUE, closed::<ReceiveOutcome>("outcome")];
    /// Messages that one receive brought.
    RECEIVE_BATCH_SIZE = Kind::Histogram(RECEIVE_SIZES), "longshore_receive_batch_size" [QUEUE];
    /// Time that a poll loop waited so that its next receive brings more, by what it waited for.
    GATHER_DURATION = Kind::Histogram(GATHER_SECONDS), "longshore_gather_duration_seconds"
        [QUEUE, closed::<Awaited>("awaited")];
    /// Messages received, each delivery counted.
    MESSAGES_RECEIVED = Kind::Counter, "longshore_messages_received_total"
        [QUEUE, closed::<Delivery>("delivery")];
    /// Receives of messages that came to an end, by what became of them.
    MESSAGES = Kind::Counter, "longshore_messages_total" [QUEUE, closed::<Settled>("result")];
    /// Messages whose handler was cut off by a shutdown.
    MESSAGES_ABORTED = Kind::Counter, "longshore_messages_aborted_total" [QUEUE];
    /// Messages in hand during a shutdown, by what became of them.
    SHUTDOWN_MESSAGES = Kind::Counter, "longshore_shutdown_messages_total"
        [QUEUE, closed::<Fate>("fate")];
    /// Time a handler ran, by how it ended.
    PROCESSING_DURATION = Kind::Histogram(HANDLER_SECONDS), "longshore_processing_duration_seconds"
        [QUEUE, closed::<Ending>("outcome")];
    /// Time from sending a message to the start of its handler.
    QUEUE_WAIT = Kind::Histogram(WAIT_SECONDS), "longshore_queue_wait_seconds"
        [QUEUE, closed::<Delivery>("delivery")];
    /// Time from a message's first receive to the start of its handler, redeliveries only.
    REDELIVERY_DELAY = Kind::Histogram(WAIT_SECONDS), "longshore_redelivery_delay_seconds" [QUEUE];
    /// Requests to SQS, every attempt on the wire counted, by how it ended.
    API_REQUESTS = Kind::Counter, "longshore_api_requests_total"
        [QUEUE, closed::<Action>("action"), closed::<ApiResult>("result")];
    /// Requests as SQS bills them: one for each 64 KiB of each attempt that was answered.
    BILLED_REQUESTS = Kind::Counter, "longshore_billed_requests_total"
        [QUEUE, closed::<Action>("action")];
    /// Price of one request, in US dollars, as configured.
    REQUEST_PRICE = Kind::Gauge, "longshore_request_price_usd" [QUEUE];
    /// Price of the requests made for each deleted message, over the last five minutes.
    COST_PER_MESSAGE = Kind::Gauge, "longshore_cost_per_message_usd" [QUEUE];
    /// Share of the receives that brought no message, over the last five minutes.
    EMPTY_RECEIVE_RATIO = Kind::Gauge, "longshore_empty_receive_ratio" [QUEUE];
    /// Messages received and not yet settled.
    MESSAGES_IN_FLIGHT = Kind::Gauge, "longshore_messages_in_flight" [QUEUE];
    /// Messages received whose handler has not started: for want of a slot, or for a moment.
    MESSAGES_HELD = Kind::Gauge, "longshore_messages_held" [QUEUE];
    /// Poll loops that are running.
    POLLERS = Kind::Gauge, "longshore_pollers" [QUEUE];
    /// Slots that are free to receive a message into.
    SLOTS = Kind::Gauge, "longshore_slots" [QUEUE];
    /// Messages in the queue, as SQS last told, by where they are.
    BACKLOG = Kind::Gauge, "longshore_backlog_messages" [QUEUE, closed::<BacklogState>("state")];
    /// Extensions of messages' visibility timeouts, by how they ended.
    HEARTBEATS = Kind::Counter, "longshore_heartbeats_total"
        [QUEUE, closed::<Heartbeat>("result")];
    /// Messages that one delete or change of visibility carried.
    SETTLE_BATCH_SIZE = Kind::Histogram(BATCH_SIZES), "longshore_settle_batch_size"
        [QUEUE, closed::<Settling>("action")];
    /// Messages that their handler failed, by how.
    HANDLER_ERRORS = Kind::Counter, "longshore_handler_errors_total"
        [QUEUE, closed::<HandlerError>("kind")];
    /// Events that count for a service level objective, by whether they met it.
    SLO_EVENTS = Kind::Counter, "longshore_slo_events_total"
        [QUEUE, closed::<Slo>("slo"), closed::<Judgement>("result")];
    /// Share of the events that is to be good, as configured.
    SLO_OBJECTIVE = Kind::Gauge, "longshore_slo_objective_ratio" [QUEUE, closed::<Slo>("slo")];
    /// Fewer bad events than this are no alert, as configured.
    SLO_MIN_BAD_EVENTS = Kind::Gauge, "longshore_slo_min_bad_events" [QUEUE, closed::<Slo>("slo")];
    /// Wait that polling is judged against: the longest that SQS has.
    LONG_POLL_REFERENCE = Kind::Gauge, "longshore_long_poll_reference_seconds" [QUEUE];
    /// Dollars that 30 days of empty receives may cost, as configured.
    WASTE_BUDGET = Kind::Gauge, "longshore_waste_budget_usd" [QUEUE];
    /// Dollars that a message may cost above the idle floor, as configured.
    MESSAGE_COST_OBJECTIVE = Kind::Gauge, "longshore_message_cost_objective_usd" [QUEUE];
    /// The queue's own attributes as SQS told them at the start, in seconds, bytes or counts.
    QUEUE_ATTRIBUTE = Kind::Gauge, "longshore_queue_attribute"
        [QUEUE, Label { name: "attribute", values: Some(QUEUE_ATTRIBUTES) }];
    /// Wait of each receive, as configured.
    CONFIGURED_WAIT = Kind::Gauge, "longshore_configured_wait_seconds" [QUEUE];
    /// Visibility timeout of each receive, as configured.
    CONFIGURED_VISIBILITY = Kind::Gauge, "longshore_configured_visibility_seconds" [QUEUE];
    /// Messages that may be handled at once, as configured.
    CONFIGURED_CONCURRENCY = Kind::Gauge, "longshore_configured_concurrency" [QUEUE];
    /// Always 1; its label says what is running.
    BUILD_INFO = Kind::Gauge, "longshore_build_info" [Label { name: "version", values: None }];
    /// 1 from the signal to stop until the end, else 0.
    DRAINING = Kind::Gauge, "longshore_draining" [];
    /// 1 when all work has ended and the metrics stay up for a last scrape, else 0.
    LAST_SCRAPE_PENDING = Kind::Gauge, "longshore_last_scrape_pending" [];
}

/// The numeric attributes of a queue that matter to its consumer. `max_receive_count` is 0 where
/// there is no dead-letter queue.
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
    fn names_follow_the_rules_of_prometheus() {
        for metric in ALL {
            let counter = metric.kind == Kind::Counter;
            assert!(metric.name.starts_with("longshore_"), "{}", metric.name);
            assert_eq!(metric.name.ends_with("_total"), counter, "{}", metric.name);
            assert!(metric.name.chars().all(|c| c.is_ascii_lowercase() || c == '_'));
            assert!(metric.help.ends_with('.'), "{} has no sentence for help", metric.name);
        }
    }

    #[test]
    fn no_name_is_declared_twice() {
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
