//! The figures of one queue that the process reads back: for the report, the status page and the
//! demo.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use super::busy_groups::{BusyGroups, GroupSketch};
use super::distribution::{Buckets, Distribution};
use super::failures::{FailedMessage, Failures};
use super::history::{History, Moment, Past};
use super::queue_state::QueueState;
use super::totals::{Snapshot, Totals};
use crate::config::{ObjectivesConfig, QueueConfig};

/// One queue's counts and settings, as the process itself reads them.
pub struct Figures {
    price_per_request_usd: f64,
    objectives: ObjectivesConfig,
    wait: Duration,
    pub(super) totals: Totals,
    pub(super) handled: Distribution,
    breaker: Mutex<Option<OpenBreaker>>,
    state: Mutex<QueueState>,
    failures: Failures,
    groups: GroupSketch,
    oldest_unsettled: Mutex<Option<Instant>>,
    blocked_group: Mutex<Option<(Instant, Arc<str>)>>,
    pub(super) buffered: AtomicU64,
    pub(super) pollers: AtomicU64,
    concurrency: usize,
    history: Mutex<History>,
    ended: OnceLock<Instant>,
}

/// Why a circuit breaker is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenBreaker {
    /// The failure of the last call or check.
    pub reason: String,
    /// Whether this machine lacks a resource, and the application may be well.
    pub is_shortage: bool,
}

impl Figures {
    pub(super) fn new(config: &QueueConfig) -> Self {
        Self {
            price_per_request_usd: config.price_per_million_usd() / 1e6,
            objectives: config.objectives().clone(),
            wait: config.wait(),
            totals: Totals::default(),
            handled: Distribution::default(),
            breaker: Mutex::default(),
            state: Mutex::default(),
            failures: Failures::default(),
            groups: GroupSketch::new(Instant::now()),
            oldest_unsettled: Mutex::default(),
            blocked_group: Mutex::default(),
            buffered: AtomicU64::new(0),
            pollers: AtomicU64::new(0),
            concurrency: config.concurrency(),
            history: Mutex::new(History::new(Instant::now())),
            ended: OnceLock::new(),
        }
    }

    /// The running counts since the start.
    pub fn totals(&self) -> Snapshot {
        self.totals.snapshot()
    }

    /// The counts within the last `window`, or since the start if the process is younger. The start
    /// of the window is accurate to 10 seconds up to an hour, and to 5 minutes above.
    pub fn past(&self, window: Duration) -> Past {
        self.lock_history().since(window, self.now(), self.totals.snapshot())
    }

    /// How long the handlers ran that ended within the last hour. The start is accurate to a
    /// minute.
    pub fn handled(&self) -> Past<Buckets> {
        self.lock_history().handled(self.now(), self.handled.snapshot())
    }

    /// The totals over the last hour, oldest first, at even intervals.
    pub fn time_series(&self) -> Vec<Moment> {
        self.lock_history().time_series(self.now(), self.totals.snapshot())
    }

    /// The configured objectives.
    pub fn objectives(&self) -> &ObjectivesConfig {
        &self.objectives
    }

    /// The configured wait of each receive.
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// The configured price of one request, in US dollars.
    pub fn price_per_request_usd(&self) -> f64 {
        self.price_per_request_usd
    }

    /// Running poll loops.
    pub fn pollers(&self) -> u64 {
        self.pollers.load(Relaxed)
    }

    /// Messages received whose handler has not started.
    pub fn buffered(&self) -> u64 {
        self.buffered.load(Relaxed)
    }

    /// Why the circuit breaker is open; `None` unless it is.
    pub fn open_breaker(&self) -> Option<OpenBreaker> {
        lock(&self.breaker).clone()
    }

    /// The state of the queue, as SQS last showed it.
    pub fn state(&self) -> QueueState {
        lock(&self.state).clone()
    }

    /// The ARN of the queue, once SQS has reported it.
    pub(crate) fn queue_arn(&self) -> Option<Arc<str>> {
        lock(&self.state).arn()
    }

    /// The last messages that were not processed, one for each reason, newest first.
    pub fn failures(&self) -> Vec<FailedMessage> {
        self.failures.all()
    }

    /// The busiest message groups of the last 5 to 10 minutes; `None` if no message had a group.
    pub fn busy_groups(&self) -> Option<BusyGroups> {
        self.groups.busiest(self.now())
    }

    /// The handler of a message of this group started for the first time, `waited` after the message
    /// was sent.
    pub(crate) fn group_started(&self, group: &str, waited: Duration) {
        self.groups.add(group, waited, Instant::now());
    }

    /// The time since the oldest message in flight was received; `None` if none is in flight.
    pub fn oldest_unsettled(&self) -> Option<Duration> {
        lock(&self.oldest_unsettled).map(|since| since.elapsed())
    }

    /// The message group that waits longest, and how long it has not advanced; `None` if none waits,
    /// or if the queue is a standard queue.
    pub fn blocked_group(&self) -> Option<(Arc<str>, Duration)> {
        lock(&self.blocked_group).as_ref().map(|(since, id)| (id.clone(), since.elapsed()))
    }

    /// Maximum number of handlers that run at the same time.
    pub fn concurrency(&self) -> usize {
        self.concurrency
    }

    /// Whether all work on the queue has ended.
    pub fn has_ended(&self) -> bool {
        self.ended.get().is_some()
    }

    pub(super) fn set_breaker(&self, open: Option<OpenBreaker>) {
        *lock(&self.breaker) = open;
    }

    pub(super) fn message_failed(&self, failed: FailedMessage) {
        self.failures.add(failed);
    }

    pub(super) fn lock_state(&self) -> MutexGuard<'_, QueueState> {
        lock(&self.state)
    }

    pub(super) fn set_oldest_unsettled(&self, since: Option<Instant>) {
        *lock(&self.oldest_unsettled) = since;
    }

    pub(super) fn set_blocked_group(&self, oldest: Option<(Instant, Arc<str>)>) {
        *lock(&self.blocked_group) = oldest;
    }

    /// Adds the totals of this moment to the history.
    pub(super) fn observe(&self) {
        if !self.has_ended() {
            let now = Instant::now();
            self.lock_history().observe(now, self.totals.snapshot(), self.handled.snapshot());
        }
    }

    /// All windows end at this moment from here on.
    pub(super) fn end(&self) {
        self.observe();
        self.ended.get_or_init(Instant::now);
    }

    /// The end of all windows.
    fn now(&self) -> Instant {
        self.ended.get().copied().unwrap_or_else(Instant::now)
    }

    fn lock_history(&self) -> MutexGuard<'_, History> {
        lock(&self.history)
    }
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().expect("no code panics while it holds this lock")
}

impl std::fmt::Debug for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Figures").field("totals", &self.totals()).finish_non_exhaustive()
    }
}
