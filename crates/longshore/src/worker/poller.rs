//! A poll loop: gather, reserve slots, receive, start what came. One is always there, for one long poll
//! finds all that comes to a quiet queue. More come while receives go on being full and ten slots are free, for
//! then one round trip at a time is what holds the queue up; each goes with its first receive that is not
//! full, for an empty one is billed like any other.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument;

use super::backoff;
use super::gather::Gather;
use super::held::{Held, give_back, give_back_after_polls, hold};
use super::intake::{Intake, IntakeEnd};
use super::lease::Lease;
use super::outcome::Disposition;
use super::settler::SettleSender;
use super::slots::{Place, Room};
use crate::health::{Pulse, Readiness};
use crate::queue::{BATCH, FailureKind, Message, QueueError, Receive};
use crate::slo::judge;
use crate::telemetry::{ReceiveOutcome, Slo};
use crate::trace::ReceiveSpan;

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
    gather: Gather,
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
        let gather = Gather::new(intake.gather);
        intake.metrics.poller_started();
        intake.pollers.fetch_add(1, Relaxed);
        Self {
            intake,
            settler,
            pulse,
            failures: Failures::default(),
            gather,
            appetite: 1,
            ready: false,
            empties: 0,
            is_extra,
        }
    }

    /// Polls until a stop is asked for; an extra loop, until a receive is not full or no ten slots are
    /// free. A receive, once sent, is awaited to its end, unless the grace is over first.
    pub(super) async fn run(mut self) -> IntakeEnd {
        let stop = self.intake.stop.clone();
        loop {
            let room = tokio::select! {
                biased;
                () = stop.begun() => return IntakeEnd::Stopped,
                room = self.prepare() => room,
            };
            let Some(room) = room else { return IntakeEnd::Stopped };
            let asked = room.len();
            let sent = Instant::now();
            let received = tokio::select! {
                biased;
                received = self.receive(asked) => received,
                () = stop.hurried() => return self.abandon(sent.elapsed()),
            };
            match received {
                Ok((messages, span)) => {
                    let count = messages.len();
                    self.take(messages, span, room).await;
                    if let Some(end) = self.proceed(asked, count) {
                        return end;
                    }
                }
                Err(error) => {
                    drop(room);
                    if let Some(end) = self.back_off(error).await {
                        return end;
                    }
                }
            }
        }
    }

    /// Waits until it is time for the next receive and there is room for what it may bring. An extra
    /// loop waits for nothing: without room for a batch it has nothing to do.
    async fn prepare(&mut self) -> Option<Room> {
        if self.is_extra {
            let slots = &self.intake.slots;
            return self.intake.processor.pause.is_over().then(|| slots.try_reserve_batch())?;
        }
        if self.gather.is_due() {
            self.pulse.rest("gathering");
            self.gather.messages(&self.intake.metrics).await;
        }
        Some(self.reserve().await)
    }

    async fn reserve(&self) -> Room {
        let pause = &self.intake.processor.pause;
        loop {
            self.pulse.rest("pausing: nobody handles messages");
            pause.over().await;
            self.pulse.rest("waiting for a slot");
            let mut room = self.intake.slots.reserve(self.appetite, self.gather.patience()).await;
            // What gave the slot back may have begun a pause.
            if pause.is_over() {
                if pause.is_probing() {
                    room.shrink_to_one();
                }
                return room;
            }
        }
    }

    async fn receive(&mut self, asked: usize) -> Result<(Vec<Message>, ReceiveSpan), QueueError> {
        let intake = self.intake.clone();
        let Intake { queue, wait, visibility, metrics, .. } = &*intake;
        self.pulse.expect("receiving", *wait + OVERDUE);
        let sent = Instant::now();
        let span = ReceiveSpan::new(metrics.queue());
        let ask = Receive { max: asked, wait: *wait, visibility: *visibility };
        let mut answer = std::pin::pin!(queue.receive(ask).instrument(span.span().clone()));
        let received = match timeout(ACCEPTED, answer.as_mut()).await {
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
        self.gather.received(outcome);
        metrics.receive_ended(outcome, took);
        match received {
            Ok(messages) => {
                metrics.receive_brought(messages.len());
                metrics.slo_event(Slo::Polling, judge::polling(messages.len(), took));
                Ok((messages, span))
            }
            Err(error) => {
                span.failed(error.kind_or_code(), &error.chain());
                Err(error)
            }
        }
    }

    /// From here on somebody answers for each message.
    async fn take(&mut self, messages: Vec<Message>, span: ReceiveSpan, mut room: Room) {
        let intake = &self.intake;
        let traces = &intake.processor.traces;
        let mut leased: Vec<(Lease, Message)> = messages
            .into_iter()
            .map(|message| (Lease::take(&intake.leases, &message), message))
            .collect();
        // What others wrote is read only when somebody answers for all that came.
        for (lease, message) in &mut leased {
            lease.trace = traces.of(message);
        }
        span.brought(leased.iter_mut().map(|(lease, _)| (&*lease.message_id, &mut lease.trace)));
        if intake.stop.has_begun() {
            intake.leases.tally.last_poll_brought(leased.len());
            for (lease, _message) in leased {
                let (intake, settler) = (intake.clone(), self.settler.clone());
                self.intake.handling.spawn(give_back_after_polls(intake, lease, settler));
            }
            return;
        }
        for (lease, message) in leased {
            match room.next() {
                Some(place) => self.start(message, lease, place),
                // SQS never sends more than was asked for; what only resembles SQS may.
                None => give_back(lease, Disposition::RELEASE, &self.settler).await,
            }
        }
    }

    fn start(&self, message: Message, lease: Lease, place: Place) {
        let intake = &self.intake;
        let settler = self.settler.clone();
        let probe = intake.processor.pause.send();
        match place {
            Place::Slot(slot) => {
                let processor = intake.processor.clone();
                intake.handling.spawn(processor.process(message, lease, slot, probe, settler));
            }
            Place::Ahead(place) => {
                let held = Held { message, lease, probe, place };
                intake.handling.spawn(hold(intake.clone(), held, settler));
            }
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
            intake.questions.spawn(question);
        }
        if self.is_extra {
            return (received < asked).then_some(IntakeEnd::Stopped);
        }
        if received == BATCH && self.gather.falls_behind() {
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
            intake.company.spawn(poller.run());
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
