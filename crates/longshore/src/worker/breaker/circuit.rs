//! The circuit breaker: what opens it, what closes it, and how many messages may be received.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::state::{Cause, Phase, QUIET, State};
use crate::config::BreakerConfig;
use crate::format::bounded;
use crate::handler::NotReady;
use crate::sync::{Mutex, MutexGuard, Notify, Semaphore, SemaphorePermit};
use crate::telemetry::{BreakerState, OpenBreaker, QueueMetrics};
use crate::worker::backoff;
use crate::worker::disposition::{Outcome, Signal};
use crate::worker::routing::Routing;

/// How often the number of messages in flight is compared with what a breaker allows.
const LOOK_AGAIN: Duration = Duration::from_millis(200);
/// Messages at a time above which a half-open breaker closes, if the queue allows more.
const FULL_SPEED: usize = 64;

/// One queue's circuit breaker. Written by its messages, read by its poll loops.
pub(in crate::worker) struct Breaker {
    config: BreakerConfig,
    concurrency: usize,
    routing: Arc<Routing>,
    metrics: Arc<QueueMetrics>,
    state: Mutex<State>,
    /// One permit for each message that may be kept in doubt at a time.
    doubtful: Semaphore,
    pub(super) changed: Notify,
}

impl Breaker {
    pub(in crate::worker) fn new(
        config: BreakerConfig,
        concurrency: usize,
        routing: Arc<Routing>,
        metrics: Arc<QueueMetrics>,
    ) -> Arc<Self> {
        metrics.breaker(BreakerState::Closed, None);
        let (state, changed) = (Mutex::new(State::new(Instant::now())), Notify::new());
        let doubtful = Semaphore::new(concurrency);
        Arc::new(Self { config, concurrency, routing, metrics, state, doubtful, changed })
    }

    /// Whether messages are received and processed without limits.
    pub(in crate::worker) fn is_closed(&self) -> bool {
        self.lock().phase == Phase::Closed
    }

    /// Waits until messages may be received, and returns how many at most. `in_flight` counts the
    /// messages in flight that are not processed. Cancel-safe.
    pub(in crate::worker) async fn room(&self, in_flight: impl Fn() -> u64) -> usize {
        loop {
            let changed = self.changed.notified();
            if self.is_closed() {
                return usize::MAX;
            }
            let in_flight = in_flight() as usize;
            let (phase, in_flight, wants_probe) = {
                let state = self.lock();
                // Calls that began before say nothing about the application of today.
                let in_flight = in_flight.saturating_sub(state.calls_before);
                (state.phase, in_flight, state.wants_probe(in_flight))
            };
            match phase {
                Phase::Closed => return usize::MAX,
                Phase::Starting { next_check } => {
                    sleep_until(next_check).await;
                    self.check().await;
                }
                Phase::HalfOpen { allowed, .. } if in_flight < allowed => {
                    return allowed - in_flight;
                }
                // The end of a message in flight is not announced here.
                Phase::HalfOpen { .. } => {
                    timeout(LOOK_AGAIN, changed).await.ok();
                }
                Phase::Open { .. } if !wants_probe => {
                    timeout(LOOK_AGAIN, changed).await.ok();
                }
                Phase::Open { next_try, .. } => {
                    if in_flight == 0 {
                        tokio::select! {
                            biased;
                            () = sleep_until(next_try) => {}
                            () = changed => continue,
                        }
                    }
                    if self.check().await {
                        return 1;
                    }
                }
            }
        }
    }

    /// Whether no message gets through.
    pub(in crate::worker) fn is_open(&self) -> bool {
        matches!(self.lock().phase, Phase::Open { .. })
    }

    /// A receive brought nothing and nothing is in flight: there is no message to try, so the next
    /// ones may come. The first failure opens the breaker again.
    pub(in crate::worker) fn nothing_to_try(&self) {
        let mut state = self.lock();
        if matches!(state.phase, Phase::Open { .. }) && state.held == 0 {
            self.half_open(&mut state);
        }
    }

    /// No message has been processed in this round yet.
    fn half_open(&self, state: &mut State) {
        state.failures = 0;
        state.half_open_failures = 1;
        state.phase = Phase::HalfOpen { allowed: 2, trying: 0 };
        self.metrics.breaker(BreakerState::HalfOpen, None);
        self.changed.notify_waiters();
    }

    /// Completes when the breaker has let no message through for as long as messages are held.
    /// Cancel-safe.
    pub(in crate::worker) async fn stays_open(&self) {
        while !self.has_been_open_for_long() {
            sleep(Duration::from_secs(1)).await;
        }
    }

    fn has_been_open_for_long(&self) -> bool {
        let state = self.lock();
        let is_open = matches!(state.phase, Phase::Open { .. } | Phase::Starting { .. });
        is_open && state.opened.elapsed() >= self.config.hold
    }

    /// Polling ended with an error: while the breaker is open, messages return to the queue at once.
    pub(in crate::worker) fn polls_failed(&self) {
        self.lock().polls_failed = true;
        self.changed.notify_waiters();
    }

    /// Increases when the breaker opens: what it allowed before is void.
    pub(in crate::worker) fn round(&self) -> u64 {
        self.lock().round
    }

    /// Checks without a message whether the handler is ready, after a receive that brought nothing.
    /// An idle worker then knows of an outage before a message reaches it. Cancel-safe.
    pub(in crate::worker) async fn check_idle(&self) {
        if self.is_closed() {
            self.check().await;
        }
    }

    /// Checks the handler, and notes the result. Returns whether it is ready.
    pub(in crate::worker) async fn check(&self) -> bool {
        let ready = self.routing.check().await;
        let mut state = self.lock();
        match &ready {
            Ok(()) if matches!(state.phase, Phase::Starting { .. }) => self.close(&mut state),
            Ok(()) if state.is_opened_by_check && state.held == 0 => {
                state.has_answered = true;
                self.half_open(&mut state);
            }
            Ok(()) => {}
            Err(NotReady::Unreachable(reason)) => self.open(&mut state, reason, Cause::Unreachable),
            Err(NotReady::Shortage(reason)) => self.open(&mut state, reason, Cause::Shortage),
        }
        state.is_opened_by_check = ready.is_err();
        drop(state);
        if ready.is_err() {
            self.changed.notify_waiters();
        }
        ready.is_ok()
    }

    /// A call that began in this round ended.
    pub(super) fn call_ended(&self, round: u64, outcome: &Outcome) {
        let mut state = self.lock();
        if round != state.round {
            return;
        }
        let reason = outcome.reason();
        state.is_opened_by_check = false;
        match outcome.signal() {
            Signal::Nothing => return,
            Signal::Answered => self.answered(&mut state),
            Signal::Failed => self.failed(&mut state, reason),
            Signal::Unreachable => self.open(&mut state, reason, Cause::Unreachable),
            Signal::Shortage => self.open(&mut state, reason, Cause::Shortage),
        }
        drop(state);
        self.changed.notify_waiters();
    }

    /// The application processed a message, or said that the message is at fault.
    fn answered(&self, state: &mut State) {
        state.has_answered = true;
        match state.phase {
            Phase::Starting { .. } => {}
            Phase::Closed => {
                state.last_answer = Some(Instant::now());
                self.remember(state, false);
            }
            Phase::Open { .. } => {
                state.failures = 0;
                state.phase = Phase::HalfOpen { allowed: 2, trying: 1 };
                self.metrics.breaker(BreakerState::HalfOpen, None);
            }
            Phase::HalfOpen { allowed, .. } if allowed >= self.concurrency.min(FULL_SPEED) => {
                self.close(state);
                state.last_answer = Some(Instant::now());
            }
            Phase::HalfOpen { allowed, trying } => {
                state.half_open_failures = 0;
                state.phase = Phase::HalfOpen { allowed: allowed * 2, trying };
            }
        }
    }

    /// A call failed, and not because of its message.
    fn failed(&self, state: &mut State, reason: &str) {
        match state.phase {
            Phase::Closed if !self.config.enabled => return,
            Phase::Closed => {}
            // The application is reachable again, and its failures do not count.
            _ if !self.config.enabled => return self.answered(state),
            // Other messages are processed, so one failure can be the fault of its message.
            Phase::HalfOpen { .. } if state.half_open_failures == 0 => {
                state.half_open_failures = 1;
                return;
            }
            Phase::HalfOpen { .. } | Phase::Open { .. } | Phase::Starting { .. } => {
                return self.open(state, reason, Cause::FailedCall);
            }
        }
        self.remember(state, true);
        if state.nearly_all_failed(self.config.calls as usize) || state.nothing_else_happened() {
            self.open(state, reason, Cause::FailedCall);
        }
    }

    /// How long a failed message waits before it is tried again here, although the breaker is
    /// closed: no call succeeded lately or the last ones all failed, so the message is hardly at
    /// fault, and a receive by another worker would end the same way. `None` if another call
    /// succeeded. `hint` is the delay that the handler asked for.
    pub(in crate::worker) fn doubt(&self, hint: Option<Duration>) -> Option<Duration> {
        let state = self.lock();
        let is_likely = self.config.enabled && state.is_in_doubt();
        // Not longer, because the breaker needs another failed call to open.
        let longest = self.config.max_interval.min(QUIET);
        let pause = backoff::unavailable(state.recent.len() as u32, longest);
        let pause = pause.max(hint.unwrap_or_default());
        (is_likely && pause <= self.config.max_interval).then_some(pause)
    }

    /// A message is kept in doubt, without a slot, until the permit is dropped. `None` if as many are
    /// kept as may be processed at a time: messages in flight stay bounded.
    pub(in crate::worker) fn keep_in_doubt(&self) -> Option<SemaphorePermit<'_>> {
        self.doubtful.try_acquire().ok()
    }

    fn remember(&self, state: &mut State, failed: bool) {
        state.recent.push_back(failed);
        while state.recent.len() > self.config.calls as usize {
            state.recent.pop_front();
        }
    }

    /// Opens the breaker, or keeps it open after a failed try or check.
    fn open(&self, state: &mut State, reason: &str, cause: Cause) {
        let (now, reason) = (Instant::now(), &*bounded(reason.to_owned()));
        state.failures += 1;
        let pause = backoff::unavailable(state.failures, self.config.max_interval);
        state.fail(now, now + pause, cause);
        let is_shortage = cause == Cause::Shortage;
        let open = OpenBreaker { reason: reason.to_owned(), is_shortage };
        self.metrics.breaker(BreakerState::Open, Some(open));
        // The log lines of an outage that lasts become ever rarer.
        if state.failures.is_power_of_two() {
            self.log_open(state.failures, reason, is_shortage, pause);
        }
    }

    fn log_open(&self, failures: u32, reason: &str, is_shortage: bool, pause: Duration) {
        let advice = if is_shortage {
            "raise the limit of the resource that the reason names, or lower concurrency"
        } else {
            "start or repair the application that processes the messages, or what else the reason \
             names"
        };
        tracing::warn!(
            queue = self.metrics.queue(),
            reason,
            advice,
            failures,
            retry_in_ms = pause.as_millis() as u64,
            "circuit breaker is open; polling is paused"
        );
    }

    fn close(&self, state: &mut State) {
        if state.round > 0 || state.failures > 0 {
            let seconds = state.opened.elapsed().as_secs_f64();
            tracing::info!(
                queue = self.metrics.queue(),
                seconds,
                "circuit breaker is closed; polling again"
            );
        }
        state.phase = Phase::Closed;
        state.has_answered = true;
        state.failures = 0;
        state.recent.clear();
        self.metrics.breaker(BreakerState::Closed, None);
        self.changed.notify_waiters();
    }

    /// A message is held from now on. Returns until when.
    pub(super) fn begin_hold(&self) -> Instant {
        let mut state = self.lock();
        state.held += 1;
        Instant::now() + state.hold(self.config.hold)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds this lock")
    }
}
