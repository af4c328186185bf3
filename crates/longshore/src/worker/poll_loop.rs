//! The main poll loop of a queue: gather, reserve slots, receive. One loop is enough for a quiet
//! queue, because one long poll finds every message. While receives are full and a full batch of
//! slots is free, it starts extra loops.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::time::sleep;

use super::backoff;
use super::extra_poll_loop::ExtraPollLoop;
use super::gather::Gather;
use super::polling::{PollEnd, Polling};
use super::receiver::{OVERDUE, Received, Receiver};
use super::settler::SettleSender;
use super::slots::Reservation;
use crate::health::Readiness;
use crate::queue::{BATCH, FailureKind, QueueError};
use crate::telemetry::Repeats;

/// The number of messages that a quiet queue asks for under a shared concurrency limit. With one, a
/// receive could not show that there are more.
const QUIET_BATCH: usize = 2;

/// The main poll loop.
pub(super) struct PollLoop {
    receiver: Receiver,
    gather: Gather,
    failures: Failures,
    /// The number of messages to ask for under a shared concurrency limit: doubled by a full
    /// receive, [`QUIET_BATCH`] after any other.
    wanted: usize,
    /// Whether the queue was reported as polled.
    ready: bool,
    empty_in_a_row: u32,
    /// The last receive shows no backlog.
    is_quiet: bool,
    early_empty: EarlyEmpty,
}

/// Empty receives in a row that returned before their wait was over.
#[derive(Default)]
struct EarlyEmpty {
    in_a_row: u32,
    log: Repeats,
}

/// Consecutive failures: all of them need an operator, or none does.
#[derive(Default)]
struct Failures {
    fatal: bool,
    count: u32,
}

impl PollLoop {
    pub(super) fn new(polling: Arc<Polling>, settler: SettleSender) -> Self {
        Self {
            gather: Gather::new(polling.gather),
            receiver: Receiver::new(polling, settler),
            failures: Failures::default(),
            wanted: QUIET_BATCH,
            ready: false,
            empty_in_a_row: 0,
            is_quiet: true,
            early_empty: EarlyEmpty::default(),
        }
    }

    fn polling(&self) -> &Polling {
        &self.receiver.polling
    }

    /// Polls until a stop begins. A receive that was sent is awaited, unless the grace ends first.
    pub(super) async fn run(mut self) -> PollEnd {
        let polling = self.receiver.polling.clone();
        let stop = polling.stop.clone();
        if let Some(end) = self.find_queue().await {
            return end;
        }
        loop {
            let reservation = tokio::select! {
                biased;
                () = stop.begun() => return PollEnd::Stopped,
                () = polling.breaker.stays_open(), if polling.until_empty => {
                    return not_ready(&polling);
                }
                reservation = self.prepare() => reservation,
            };
            let Self { receiver, failures, ready, .. } = &mut self;
            let accepted = || {
                // After a failure, only an answer shows that the queue is polled.
                if failures.count == 0 {
                    report_ready(ready, &receiver.polling);
                }
            };
            let received = receiver.receive(reservation, accepted).await;
            self.gather.received(received.outcome());
            let end = match received {
                Received::Messages { asked, count, took } => {
                    self.pace(count, took).await.or_else(|| self.proceed(asked, count))
                }
                Received::Failed(error) => self.back_off(error).await,
                Received::Abandoned => Some(PollEnd::Stopped),
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    /// Finds the queue, and learns its attributes before the first message.
    async fn find_queue(&mut self) -> Option<PollEnd> {
        let polling = self.receiver.polling.clone();
        let stop = &polling.stop;
        loop {
            self.receiver.pulse.expect("looking up the queue", OVERDUE);
            let found = tokio::select! {
                biased;
                () = stop.begun() => return Some(PollEnd::Stopped),
                found = polling.queue.locate() => found,
            };
            let end = match found {
                Err(error) => self.back_off(error).await,
                Ok(()) => tokio::select! {
                    biased;
                    () = stop.begun() => Some(PollEnd::Stopped),
                    () = polling.backlog.first_answer() => return None,
                },
            };
            if end.is_some() {
                return end;
            }
        }
    }

    /// Waits until the next receive is due and has at least one slot.
    async fn prepare(&mut self) -> Reservation {
        if self.gather.is_due() {
            self.receiver.pulse.rest("gathering");
            let metrics = self.receiver.polling.metrics.clone();
            self.gather.wait(&metrics).await;
        }
        let breaker = &self.polling().breaker;
        if self.empty_in_a_row > 0 {
            breaker.check_idle().await;
        }
        loop {
            self.receiver.pulse.rest("paused by the circuit breaker");
            let round = breaker.round();
            let room = breaker.room(|| self.polling().leases.unprocessed()).await;
            self.receiver.pulse.rest("waiting for a slot");
            let slots = &self.polling().slots;
            let mut reservation =
                slots.reserve(self.wanted, self.gather.slot_wait(), self.is_quiet).await;
            if breaker.is_closed() {
                return reservation;
            }
            // The message that freed the slot may have opened the breaker.
            if room != usize::MAX && breaker.round() == round {
                reservation.shrink_to(room);
                return reservation;
            }
        }
    }

    /// Waits after a receive that returned nothing long before its wait was over. SQS waits, but a
    /// proxy can ignore the wait, and then the receives would follow each other at once.
    async fn pace(&mut self, count: usize, took: Duration) -> Option<PollEnd> {
        let polling = self.receiver.polling.clone();
        let wait = polling.wait;
        if count > 0 || took >= wait / 2 {
            self.early_empty.in_a_row = 0;
            return None;
        }
        self.early_empty.in_a_row += 1;
        let pause = backoff::early_empty(self.early_empty.in_a_row, wait);
        if let Some(suppressed) = self.early_empty.log.occurred() {
            tracing::warn!(
                queue = polling.metrics.queue(),
                wait_ms = wait.as_millis() as u64,
                took_ms = took.as_millis() as u64,
                retry_in_ms = pause.as_millis() as u64,
                suppressed,
                advice = "look for a proxy between this worker and SQS that ends long polls",
                "empty receive returned before its wait was over"
            );
        }
        self.receiver.pulse.expect("pausing after an early empty receive", pause + OVERDUE);
        tokio::select! {
            biased;
            () = polling.stop.begun() => Some(PollEnd::Stopped),
            () = sleep(pause) => None,
        }
    }

    /// After an answer. Returns the end of polling, if this is it.
    fn proceed(&mut self, asked: usize, count: usize) -> Option<PollEnd> {
        if self.failures.count > 0 {
            tracing::info!(queue = self.polling().metrics.queue(), "receiving again");
            self.failures = Failures::default();
        }
        report_ready(&mut self.ready, &self.receiver.polling);
        self.is_quiet = count < asked || count < QUIET_BATCH;
        self.wanted = if count == asked { (asked * 2).min(BATCH) } else { QUIET_BATCH };
        let polling = self.polling();
        let long_poll = !polling.wait.is_zero();
        polling.backlog.received(count, long_poll);
        if count == BATCH && self.gather.falls_behind() {
            self.start_extra_loop();
        }
        let idle = count == 0 && self.polling().leases.in_flight() == 0;
        self.empty_in_a_row = if idle { self.empty_in_a_row + 1 } else { 0 };
        if idle {
            self.polling().breaker.nothing_to_try();
        }
        // A single long poll can return nothing although the queue has messages.
        (self.polling().until_empty && self.empty_in_a_row >= 2).then_some(PollEnd::Empty)
    }

    fn start_extra_loop(&self) {
        let polling = &self.receiver.polling;
        let is_below_limit = polling.pollers.load(Relaxed) < polling.max_pollers;
        if is_below_limit && polling.slots.free() >= BATCH {
            let receiver = Receiver::new(polling.clone(), self.receiver.settler.clone());
            polling.extra_loops.spawn(ExtraPollLoop::new(receiver).run());
        }
    }

    async fn back_off(&mut self, error: QueueError) -> Option<PollEnd> {
        let polling = self.receiver.polling.clone();
        let queue = polling.metrics.queue();
        let failures = self.failures.add(error.kind);
        let pause = backoff::poll(error.kind, failures);
        let (advice, error_text) = (error.advice(), error.chain());
        if error.kind.is_fatal() {
            let stopped = Readiness::Stopped { why: error.summary(), advice };
            polling.health.set_readiness(queue, stopped);
            self.ready = false;
            if polling.until_empty {
                return Some(PollEnd::Failed(format!("queue `{queue}`: {error_text}; {advice}")));
            }
        }
        // The log lines of a fault that lasts become ever rarer.
        if failures.is_power_of_two() {
            let (error, retry_in_ms) = (error_text, pause.as_millis() as u64);
            if self.failures.fatal {
                tracing::error!(queue, error, failures, retry_in_ms, advice, "cannot receive");
            } else {
                tracing::warn!(queue, error, failures, retry_in_ms, advice, "receive failed");
            }
        }
        self.receiver.pulse.expect("backing off", pause + OVERDUE);
        tokio::select! {
            biased;
            () = polling.stop.begun() => Some(PollEnd::Stopped),
            () = sleep(pause) => None,
        }
    }
}

/// The end of a run until empty whose application is away.
fn not_ready(polling: &Polling) -> PollEnd {
    let queue = polling.metrics.queue();
    PollEnd::Failed(format!(
        "queue `{queue}`: the circuit breaker stayed open; start or repair the application that \
         processes the messages"
    ))
}

/// Reports once that the queue is polled. Only the main loop does, because extra loops come and go.
fn report_ready(ready: &mut bool, polling: &Polling) {
    if !std::mem::replace(ready, true) {
        polling.health.set_readiness(polling.metrics.queue(), Readiness::Polling);
    }
}

impl Failures {
    fn add(&mut self, kind: FailureKind) -> u32 {
        let fatal = kind.is_fatal();
        self.count = if self.fatal == fatal { self.count.saturating_add(1) } else { 1 };
        self.fatal = fatal;
        self.count
    }
}
