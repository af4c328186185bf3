//! What is being done: how far the intake is, what is in hand, how long handlers take.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::whole;
use crate::health::{Health, Readiness};
use crate::telemetry::{Buckets, Past, QueueMetrics};

/// For what is going on, and is over soon after its cause.
const LATELY: Duration = Duration::from_secs(300);

/// What a queue's part of the worker does.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WorkReport {
    /// How far it is.
    pub state: State,
    /// Why it is not polled. Null where it is.
    pub why: Option<String>,
    /// What to do about that.
    pub advice: Option<&'static str>,
    /// Wait of each receive, as configured.
    pub wait_seconds: f64,
    /// Poll loops that are running.
    pub pollers: u64,
    /// Messages received and not yet settled.
    pub in_flight: u64,
    /// Of these, messages whose handler has not started.
    pub held: u64,
    /// Messages in the queue that wait for a consumer, as SQS last reported. Null until it has.
    pub waiting: Option<u64>,
    /// Receives answered within the last five minutes, empty or not.
    pub receives: u64,
    /// Receives that failed within the last five minutes.
    pub failed_receives: u64,
    /// Messages received since this process started, each delivery counted.
    pub received: u64,
    /// Messages deleted since this process started.
    pub deleted: u64,
    /// Messages that their handler failed since this process started.
    pub handler_errors: u64,
    /// Messages that were in hand when the shutdown began.
    pub shutdown: ShutdownReport,
}

/// How far a queue's intake is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not polled yet.
    Starting,
    /// Polled.
    Polling,
    /// Not polled, for an error that will not go away by itself.
    Stopped,
    /// Nobody is there to handle messages: the last ones were given back.
    Paused,
    /// Told to stop: finishing what is in hand.
    Draining,
    /// All its work is over.
    Ended,
}

/// What became of the messages that were in hand when a shutdown began.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ShutdownReport {
    /// Their handler ended by itself.
    pub completed: u64,
    /// Given back before a handler had them.
    pub released: u64,
    /// Their handler was cut off, and they were given back.
    pub aborted: u64,
    /// Neither settled nor given back.
    pub abandoned: u64,
}

/// How long handlers ran, by the last hour.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LatencyReport {
    /// How much of the hour this process has seen.
    pub covered_seconds: f64,
    /// Handlers that ended.
    pub count: u64,
    /// Half of them took at most so many seconds: a bound of the buckets. Null where there were none, or
    /// where it is above every bound.
    pub half_within_seconds: Option<f64>,
    /// 99 % of them took at most so many seconds.
    pub most_within_seconds: Option<f64>,
    /// The buckets of `longshore_processing_duration_seconds`, each counted by itself.
    pub buckets: Vec<BucketReport>,
}

/// One bucket.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BucketReport {
    /// Its upper bound. Null for the last, which has none.
    pub at_most_seconds: Option<f64>,
    /// Handlers above the bound before, up to this one.
    pub count: u64,
}

impl WorkReport {
    pub(super) fn of(metrics: &QueueMetrics, health: &Health) -> Self {
        let totals = metrics.totals();
        let lately = metrics.past(LATELY).events;
        let (state, why, advice) = state(metrics, health);
        Self {
            state,
            why,
            advice,
            wait_seconds: metrics.wait().as_secs_f64(),
            pollers: metrics.pollers(),
            in_flight: totals.in_flight(),
            held: metrics.held(),
            waiting: metrics.waiting(),
            receives: lately.receives,
            failed_receives: lately.failed_receives,
            received: totals.received,
            deleted: totals.deleted,
            handler_errors: totals.handler_errors,
            shutdown: ShutdownReport {
                completed: totals.completed,
                released: totals.released,
                aborted: totals.aborted,
                abandoned: totals.abandoned,
            },
        }
    }
}

fn state(metrics: &QueueMetrics, health: &Health) -> (State, Option<String>, Option<&'static str>) {
    let state = |state| (state, None, None);
    if metrics.has_ended() {
        return state(State::Ended);
    }
    if health.draining().is_some() {
        return state(State::Draining);
    }
    match health.readiness(metrics.queue()) {
        Readiness::Starting => state(State::Starting),
        Readiness::Polling if metrics.handler_is_away() => state(State::Paused),
        Readiness::Polling => state(State::Polling),
        Readiness::Stopped { why, advice } => (State::Stopped, Some(why), Some(advice)),
    }
}

impl LatencyReport {
    pub(super) fn of(metrics: &QueueMetrics) -> Self {
        let Past { events, covered } = metrics.handled();
        let bounds = Buckets::BOUNDS.iter().copied().map(Some).chain([None]);
        let bucket = |(at_most_seconds, count)| BucketReport { at_most_seconds, count };
        Self {
            covered_seconds: whole(covered),
            count: events.count(),
            half_within_seconds: events.at_most(0.5),
            most_within_seconds: events.at_most(0.99),
            buckets: bounds.zip(events.counts).map(bucket).collect(),
        }
    }
}
