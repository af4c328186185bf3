//! The work in progress: polling, messages in flight, and how long handlers take.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::rounding::whole_seconds;
use crate::health::{Health, Readiness};
use crate::telemetry::{Attributes, Buckets, Figures, OpenBreaker, Past};

/// The window of recent events. A fault disappears from the report this long after its end.
const RECENT: Duration = Duration::from_secs(300);

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
    /// Messages in the queue that no consumer has received, as SQS last reported. Null before its
    /// first report.
    pub waiting: Option<u64>,
    /// Messages in the dead-letter queue, as SQS last reported. Null before its first report, and
    /// without a dead-letter queue.
    pub dead_letters: Option<u64>,
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
    /// Messages settled within the last 5 minutes.
    pub settled: u64,
    /// Messages that were neither settled nor released within the last 5 minutes.
    pub abandoned: u64,
    /// Requests within the last 5 minutes.
    pub requests: u64,
    /// Of these, requests that SQS denied.
    pub denied_requests: u64,
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

/// How long handlers ran, by the last hour.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct LatencyReport {
    /// Seconds of the hour that this process has seen.
    pub covered_seconds: f64,
    /// Handlers that ended.
    pub count: u64,
    /// p50 in seconds: an upper bound of a bucket. Null without handlers, or if it is above every
    /// bound.
    pub half_within_seconds: Option<f64>,
    /// p99 in seconds, in the same way.
    pub most_within_seconds: Option<f64>,
    /// The buckets of `longshore_processing_duration_seconds`, not cumulative.
    pub buckets: Vec<BucketReport>,
}

/// One bucket.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct BucketReport {
    /// The upper bound in seconds. Null for the last bucket, which has none.
    pub at_most_seconds: Option<f64>,
    /// Handlers in this bucket.
    pub count: u64,
}

impl WorkReport {
    pub(super) fn new(queue: &str, figures: &Figures, health: &Health) -> Self {
        let totals = figures.totals();
        let recent = figures.past(RECENT).events;
        let oldest = figures.oldest_unsettled();
        let (state, why, advice) = state(queue, figures, health);
        Self {
            state,
            why,
            advice,
            wait_seconds: figures.wait().as_secs_f64(),
            pollers: figures.pollers(),
            in_flight: totals.in_flight(),
            held: figures.buffered(),
            waiting: figures.waiting(),
            dead_letters: figures.dead_letters(),
            receives: recent.receives,
            failed_receives: recent.failed_receives,
            received: totals.received,
            deleted: totals.deleted,
            handler_errors: totals.handler_errors,
            calls: recent.calls,
            failed_calls: recent.handler_errors,
            settled: recent.settled,
            abandoned: recent.abandoned,
            requests: recent.requests,
            denied_requests: recent.denied_requests,
            throttled_requests: recent.throttled_requests,
            oldest_in_flight_seconds: oldest.map(whole_seconds),
            concurrency: figures.concurrency() as u64,
            attributes_error: match figures.attributes() {
                Attributes::Failed(why) => Some(why),
                Attributes::Unknown | Attributes::Known => None,
            },
            backlog_grew_from: figures.backlog_growth().map(|growth| growth.from),
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
        "start or repair the application that processes the messages"
    };
    let what = if is_shortage { "this machine lacks a resource: " } else { "" };
    (State::Paused, Some(format!("{what}{reason}")), Some(advice))
}

impl LatencyReport {
    pub(super) fn new(figures: &Figures) -> Self {
        let Past { events, covered } = figures.handled();
        let bounds = Buckets::BOUNDS.iter().copied().map(Some).chain([None]);
        let bucket = |(at_most_seconds, count)| BucketReport { at_most_seconds, count };
        Self {
            covered_seconds: whole_seconds(covered),
            count: events.count(),
            half_within_seconds: events.quantile(0.5),
            most_within_seconds: events.quantile(0.99),
            buckets: bounds.zip(events.counts).map(bucket).collect(),
        }
    }
}
