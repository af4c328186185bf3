//! A poll loop: reserve slots, receive, start what came. One is always there; more come while receives
//! return full and go with the first that does not.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::backoff;
use super::intake::{Intake, IntakeEnd};
use super::lease::Lease;
use super::outcome::Disposition;
use super::settler::SettleSender;
use super::slots::Slot;
use crate::queue::{BATCH, FailureKind, Message, QueueError, Receive};
use crate::slo::judge;
use crate::telemetry::health::{Pulse, Readiness};
use crate::telemetry::{ReceiveOutcome, Slo};

/// How long after its wait a receive is surely answered or given up by the SDK.
const OVERDUE: Duration = Duration::from_secs(30);
/// A receive that is still open after so long was accepted: refusals come at once, and neither to find
/// no credentials nor to find no connection takes longer.
const ACCEPTED: Duration = Duration::from_secs(5);

/// One poll loop.
pub(super) struct Poller {
    intake: Arc<Intake>,
    settler: SettleSender,
    pulse: Pulse,
    failures: Failures,
    /// Messages worth asking for where room is shared: doubled by a full receive, one after any other.
    appetite: usize,
    /// Whether the queue was said to be polled.
    ready: bool,
    empties: u32,
    is_extra: bool,
}

/// A loop's failures in a row, all of them fatal or none.
#[derive(Default)]
struct Failures {
    fatal: bool,
    count: u32,
}

impl Poller {
    pub(super) fn new(intake: Arc<Intake>, settler: SettleSender, is_extra: bool) -> Self {
        let pulse = intake.health.pulse(intake.metrics.queue());
        intake.metrics.poller_started();
        intake.pollers.fetch_add(1, Relaxed);
        Self {
            intake,
            settler,
            pulse,
            failures: Failures::default(),
            appetite: 1,
            ready: false,
            empties: 0,
            is_extra,
        }
    }

    /// Polls until a stop is asked for; an extra loop, until a receive is not full. A receive, once
    /// sent, is awaited to its end, unless the grace is over first.
    pub(super) async fn run(mut self) -> IntakeEnd {
        let stop = self.intake.stop.clone();
        loop {
            let slots = tokio::select! {
                biased;
                () = stop.begun() => return IntakeEnd::Stopped,
                slots = self.reserve() => slots,
            };
            let asked = slots.len();
            let sent = Instant::now();
            let received = tokio::select! {
                biased;
                received = self.receive(asked) => received,
                () = stop.hurried() => return self.abandon(sent.elapsed()),
            };
            match received {
                Ok(messages) => {
                    let count = messages.len();
                    self.take(messages, slots).await;
                    if let Some(end) = self.proceed(asked, count) {
                        return end;
                    }
                }
                Err(error) => {
                    drop(slots);
                    if let Some(end) = self.back_off(error).await {
                        return end;
                    }
                }
            }
        }
    }

    async fn reserve(&self) -> Vec<Slot> {
        let pause = &self.intake.processor.pause;
        loop {
            self.pulse.rest("pausing: nobody handles messages");
            pause.over().await;
            self.pulse.rest("waiting for a slot");
            let mut slots = self.intake.slots.reserve(self.appetite).await;
            // What gave the slot back may have begun a pause.
            if pause.is_over() {
                if pause.is_probing() {
                    slots.truncate(1);
                }
                return slots;
            }
        }
    }

    async fn receive(&mut self, asked: usize) -> Result<Vec<Message>, QueueError> {
        let intake = self.intake.clone();
        let Intake { queue, wait, visibility, metrics, .. } = &*intake;
        self.pulse.expect("receiving", *wait + OVERDUE);
        let sent = Instant::now();
        let mut answer =
            queue.receive(Receive { max: asked, wait: *wait, visibility: *visibility });
        let received = match timeout(ACCEPTED, &mut answer).await {
            Ok(received) => received,
            Err(_still_open) => {
                // After a failure nothing less than an answer will do.
                if self.failures.count == 0 {
                    self.set_ready();
                }
                answer.await
            }
        };
        let outcome = match &received {
            Ok(messages) if messages.is_empty() => ReceiveOutcome::Empty,
            Ok(messages) if messages.len() < asked => ReceiveOutcome::Partial,
            Ok(_) => ReceiveOutcome::Full,
            Err(_) => ReceiveOutcome::Error,
        };
        let took = sent.elapsed();
        metrics.receive_ended(outcome, took);
        if let Ok(messages) = &received {
            metrics.slo_event(Slo::Polling, judge::polling(messages.len(), took));
        }
        received
    }

    /// From here on somebody answers for each message.
    async fn take(&mut self, messages: Vec<Message>, slots: Vec<Slot>) {
        let intake = &self.intake;
        let leased: Vec<(Lease, Message)> = messages
            .into_iter()
            .map(|message| (Lease::take(&intake.leases, &message), message))
            .collect();
        if intake.stop.has_begun() {
            intake.leases.tally.last_poll_brought(leased.len());
            return self.give_back(leased).await;
        }
        let mut slots = slots.into_iter();
        let mut unasked = Vec::new();
        for (lease, message) in leased {
            match slots.next() {
                Some(slot) => {
                    intake.processor.pause.sent();
                    let processor = intake.processor.clone();
                    intake.handling.spawn(processor.process(
                        message,
                        lease,
                        slot,
                        self.settler.clone(),
                    ));
                }
                None => unasked.push((lease, message)),
            }
        }
        // SQS never sends more than was asked for; what only resembles SQS may.
        self.give_back(unasked).await;
    }

    async fn give_back(&self, leased: Vec<(Lease, Message)>) {
        for (mut lease, _message) in leased {
            lease.silence().await;
            self.settler.settle(lease, Disposition::RELEASE).await;
        }
    }

    /// After an answer: whether to go on, and whether with company.
    fn proceed(&mut self, asked: usize, received: usize) -> Option<IntakeEnd> {
        if self.failures.count > 0 {
            tracing::info!(queue = self.intake.metrics.queue(), "receiving again");
            self.failures = Failures::default();
        }
        self.set_ready();
        let intake = &self.intake;
        self.appetite = if received == asked { (asked * 2).min(BATCH) } else { 1 };
        if let Some(question) =
            intake.backlog.received(received, !intake.wait.is_zero(), &intake.queue)
        {
            intake.beside.spawn(question);
        }
        if self.is_extra {
            return (received < asked).then_some(IntakeEnd::Stopped);
        }
        if received == asked && received == BATCH {
            self.call_for_company();
        }
        let idle = received == 0 && intake.leases.in_hand() == 0;
        self.empties = if idle { self.empties + 1 } else { 0 };
        // SQS may answer a single long poll with nothing although there are messages.
        (intake.until_empty && self.empties >= 2).then_some(IntakeEnd::Empty)
    }

    fn call_for_company(&self) {
        let intake = &self.intake;
        let may = intake.pollers.load(Relaxed) < intake.max_pollers && intake.slots.free() >= BATCH;
        if may {
            let poller = Self::new(intake.clone(), self.settler.clone(), true);
            intake.beside.spawn(poller.run());
        }
    }

    async fn back_off(&mut self, error: QueueError) -> Option<IntakeEnd> {
        if self.is_extra {
            // The first loop will meet it too, and says so.
            return Some(IntakeEnd::Stopped);
        }
        let intake = self.intake.clone();
        let queue = intake.metrics.queue();
        let count = self.failures.count_of(error.kind);
        let pause = backoff::poll(error.kind, count);
        let (advice, text) = (error.kind.advice(), error.chain());
        if error.kind.is_fatal() {
            let stopped = Readiness::Stopped { why: text.clone(), advice };
            intake.health.set_readiness(queue, stopped);
            self.ready = false;
            if intake.until_empty {
                return Some(IntakeEnd::Failed(format!("queue `{queue}`: {text}; {advice}")));
            }
        }
        // A fault that stays is told again ever more rarely.
        if count.is_power_of_two() {
            let seconds = pause.as_secs_f64();
            if error.kind.is_fatal() {
                tracing::error!(
                    queue,
                    error = text,
                    failures = count,
                    seconds,
                    "cannot receive; {advice}"
                );
            } else {
                tracing::warn!(
                    queue,
                    error = text,
                    failures = count,
                    seconds,
                    "receive failed; {advice}"
                );
            }
        }
        self.pulse.expect("backing off", pause + OVERDUE);
        tokio::select! {
            () = intake.stop.begun() => Some(IntakeEnd::Stopped),
            () = sleep(pause) => None,
        }
    }

    /// The first loop speaks for the queue: its company comes and goes.
    fn set_ready(&mut self) {
        if !self.is_extra && !std::mem::replace(&mut self.ready, true) {
            self.intake.health.set_readiness(self.intake.metrics.queue(), Readiness::Polling);
        }
    }

    /// The grace is over while a receive is open: whatever SQS gives it now stays hidden until its
    /// visibility timeout.
    fn abandon(&self, open_for: Duration) -> IntakeEnd {
        let metrics = &self.intake.metrics;
        metrics.receive_ended(ReceiveOutcome::Abandoned, open_for);
        tracing::warn!(
            queue = metrics.queue(),
            "a receive was cut off at the end of the grace; what it may have been given stays hidden until its visibility timeout. Make `shutdown.grace` longer than `wait`"
        );
        IntakeEnd::Stopped
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.intake.metrics.poller_ended();
        self.intake.pollers.fetch_sub(1, Relaxed);
    }
}

impl Failures {
    fn count_of(&mut self, kind: FailureKind) -> u32 {
        let fatal = kind.is_fatal();
        self.count = if self.fatal == fatal { self.count.saturating_add(1) } else { 1 };
        self.fatal = fatal;
        self.count
    }
}
