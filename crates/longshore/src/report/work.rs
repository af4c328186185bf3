//! The work in progress: polling, messages in flight, and recent faults.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::rounding::{four_places, whole_seconds};
use crate::health::{Health, Readiness};
use crate::telemetry::{Attributes, Figures, OpenBreaker};

/// The window of recent events. A fault disappears from the report this long after its end.
const RECENT: Duration = Duration::from_secs(300);
/// The window of lost leases and of deletes of payloads, which come one by one.
const HOUR: Duration = Duration::from_secs(3600);

/// What the worker does for one queue.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct WorkReport {
    /// The state of polling.
    pub state: State,
    /// Why the queue is not polled. Null if it is polled.
    pub why: Option<String>,
    /// What to do about it.
    pub advice: Option<&'static str>,
    /// The configured `wait` of each receive, in seconds.
    pub wait_seconds: f64,
    /// Running poll loops.
    pub pollers: u64,
    /// Messages received and not yet settled.
    pub in_flight: u64,
    /// Of these, messages whose handler has not started.
    pub held: u64,
    /// FIFO queues: the message group that has not advanced for the longest time. Null if none waits.
    pub blocked_group: Option<String>,
    /// FIFO queues: the longest time for which a message group has not advanced, in seconds. Null
    /// if no group waits.
    pub blocked_group_seconds: Option<f64>,
    /// Messages in the queue that no consumer has received, as SQS last reported. Null before its
    /// first report.
    pub waiting: Option<u64>,
    /// Messages in flight, those of other consumers included, as SQS last reported.
    pub in_flight_in_queue: Option<u64>,
    /// The age of the oldest message of the last receive, in seconds; 0 if no message waits. Null if
    /// the last 5 minutes did not show it.
    pub oldest_received_seconds: Option<f64>,
    /// The least such age of the last 5 minutes.
    pub oldest_received_least_seconds: Option<f64>,
    /// The least such age of 10 to 15 minutes ago, if messages wait longer and longer. Otherwise null.
    pub oldest_received_grew_from_seconds: Option<f64>,
    /// How long the queue keeps a message, in seconds. Null before SQS has reported it.
    pub retention_seconds: Option<f64>,
    /// Whether the queue has a dead-letter queue. Null before SQS has reported it.
    pub has_dead_letter_queue: Option<bool>,
    /// Messages in the dead-letter queue, as SQS last reported. Null before its first report, and
    /// without a dead-letter queue.
    pub dead_letters: Option<u64>,
    /// The longest time until SQS deletes the oldest message of the dead-letter queue, in seconds.
    /// Null if there is none.
    pub dead_letters_expire_in_seconds: Option<f64>,
    /// How long the dead-letter queue keeps a message, in seconds. Null before SQS has reported it.
    pub dead_letter_retention_seconds: Option<f64>,
    /// Successful receives within the last 5 minutes, empty or not.
    pub receives: u64,
    /// Failed receives within the last 5 minutes.
    pub failed_receives: u64,
    /// Messages received since this process started. Each delivery counts.
    pub received: u64,
    /// Messages deleted since this process started.
    pub deleted: u64,
    /// Messages that the handler failed since this process started.
    pub handler_errors: u64,
    /// Handlers that ended within the last 5 minutes.
    pub calls: u64,
    /// Of these, handlers that failed.
    pub failed_calls: u64,
    /// The share of the handlers that failed within the last 5 minutes, 0 to 1. Null without one.
    pub failed_call_ratio: Option<f64>,
    /// Of the handlers that ended within the last 5 minutes, those that processed their message.
    pub processed: u64,
    /// Messages deleted within the last 5 minutes.
    pub recently_deleted: u64,
    /// Messages settled within the last 5 minutes.
    pub settled: u64,
    /// Messages that were neither settled nor released within the last 5 minutes.
    pub abandoned: u64,
    /// Messages whose visibility timeout ended before their handler did, within the last hour.
    pub leases_lost: u64,
    /// Rejected messages that were not moved to the dead-letter queue as configured, within the last
    /// 5 minutes.
    pub not_moved: u64,
    /// Runs of periodic tasks that were due and not sent, within the last 5 minutes.
    pub tasks_not_sent: u64,
    /// Deletes of payloads in S3 that ended within the last hour.
    pub payload_deletes: u64,
    /// Of these, deletes that failed.
    pub failed_payload_deletes: u64,
    /// Requests within the last 5 minutes.
    pub requests: u64,
    /// Of these, requests that SQS refused and only an operator can fix: access is denied, the queue
    /// or its key is missing, or the request is invalid. Requests for attributes are not counted.
    pub refused_requests: u64,
    /// Of these, requests that SQS throttled.
    pub throttled_requests: u64,
    /// The time since the oldest message in flight was received, in seconds. Null if none is in
    /// flight.
    pub oldest_in_flight_seconds: Option<f64>,
    /// The configured maximum number of handlers that run at the same time.
    pub concurrency: u64,
    /// Why the attributes of the queue are not known: its redrive policy and its backlog. Null if
    /// they are known.
    pub attributes_error: Option<String>,
    /// Waiting messages some minutes ago, if their number has at least doubled since. Otherwise
    /// null.
    pub backlog_grew_from: Option<u64>,
    /// Messages that were in flight when the shutdown began.
    pub shutdown: ShutdownReport,
}

/// The state of a queue's polling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A job waits until its metrics have been scraped once. It has sent no receive.
    AwaitingFirstScrape,
    /// The first receive has not succeeded yet.
    Starting,
    /// The queue is polled.
    Polling,
    /// Receives fail with an error that needs an operator. The worker tries again after a long
    /// back-off.
    Stopped,
    /// The circuit breaker is open: the application is unreachable or fails, or this machine lacks
    /// a resource.
    Paused,
    /// A shutdown has begun: handlers may finish.
    Draining,
    /// All work on the queue has ended.
    Ended,
}

/// What happened to the messages that were in flight when a shutdown began.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// Their handler ended by itself.
    pub completed: u64,
    /// Released before a handler started.
    pub released: u64,
    /// Their handler was interrupted, and they were released.
    pub aborted: u64,
    /// Neither settled nor released.
    pub abandoned: u64,
}

impl WorkReport {
    pub(super) fn new(queue: &str, figures: &Figures, health: &Health) -> Self {
        let totals = figures.totals();
        let recent = figures.past(RECENT).events;
        let last_hour = figures.past(HOUR).events;
        let known = figures.state();
        let dead_letters = known.dead_letters();
        let blocked = figures.blocked_group();
        let (state, why, advice) = state(queue, figures, health);
        let failed_share = recent.handler_errors as f64 / recent.calls as f64;
        Self {
            state,
            why,
            advice,
            wait_seconds: figures.wait().as_secs_f64(),
            pollers: figures.pollers(),
            in_flight: totals.in_flight(),
            held: figures.buffered(),
            waiting: known.waiting(),
            in_flight_in_queue: known.in_flight(),
            oldest_received_seconds: known.oldest_received().map(whole_seconds),
            oldest_received_least_seconds: known.least_oldest_received().map(whole_seconds),
            oldest_received_grew_from_seconds: known.aging().map(|aging| whole_seconds(aging.from)),
            retention_seconds: known.retention().map(whole_seconds),
            has_dead_letter_queue: known.has_dead_letter_queue(),
            dead_letters: dead_letters.map(|dead| dead.messages),
            dead_letters_expire_in_seconds: dead_letters
                .and_then(|dead| dead.left())
                .map(whole_seconds),
            dead_letter_retention_seconds: dead_letters.map(|dead| whole_seconds(dead.retention)),
            receives: recent.receives,
            failed_receives: recent.failed_receives,
            received: totals.received,
            deleted: totals.deleted,
            handler_errors: totals.handler_errors,
            calls: recent.calls,
            failed_calls: recent.handler_errors,
            failed_call_ratio: (recent.calls > 0).then(|| four_places(failed_share)),
            processed: recent.processed,
            recently_deleted: recent.deleted,
            settled: recent.settled,
            abandoned: recent.abandoned,
            leases_lost: last_hour.leases_lost,
            not_moved: recent.not_moved,
            tasks_not_sent: recent.tasks_not_sent,
            payload_deletes: last_hour.payload_deletes,
            failed_payload_deletes: last_hour.failed_payload_deletes,
            requests: recent.requests,
            refused_requests: recent.refused_requests,
            throttled_requests: recent.throttled_requests,
            blocked_group: blocked.as_ref().map(|(id, _)| id.to_string()),
            blocked_group_seconds: blocked.map(|(_, time)| whole_seconds(time)),
            oldest_in_flight_seconds: figures.oldest_unsettled().map(whole_seconds),
            concurrency: figures.concurrency() as u64,
            attributes_error: match known.attributes() {
                Attributes::Failed(why) => Some(why.clone()),
                Attributes::Unknown | Attributes::Known => None,
            },
            backlog_grew_from: known.backlog_growth().map(|growth| growth.from),
            shutdown: ShutdownReport {
                completed: totals.completed,
                released: totals.released,
                aborted: totals.aborted,
                abandoned: totals.abandoned,
            },
        }
    }
}

fn state(
    queue: &str,
    figures: &Figures,
    health: &Health,
) -> (State, Option<String>, Option<&'static str>) {
    let state = |state| (state, None, None);
    if figures.has_ended() {
        return state(State::Ended);
    }
    if health.draining().is_some() {
        return state(State::Draining);
    }
    if health.awaits_first_scrape() {
        return state(State::AwaitingFirstScrape);
    }
    match (health.readiness(queue), figures.open_breaker()) {
        (Readiness::Stopped { why, advice }, _) => (State::Stopped, Some(why), Some(advice)),
        (_, Some(open)) => paused(open),
        (Readiness::Starting, None) => state(State::Starting),
        (Readiness::Polling, None) => state(State::Polling),
    }
}

fn paused(open: OpenBreaker) -> (State, Option<String>, Option<&'static str>) {
    let OpenBreaker { reason, is_shortage } = open;
    let advice = if is_shortage {
        "raise the limit of this resource, or lower concurrency"
    } else {
        "start or repair the application that processes the messages, or what else the reason \
         names"
    };
    let what = if is_shortage { "this machine lacks a resource: " } else { "" };
    (State::Paused, Some(format!("{what}{reason}")), Some(advice))
}
