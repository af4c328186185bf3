//! One receive at a time: sends it, observes its end, and starts a task for each message.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep_until, timeout};
use tracing::Instrument;

use super::buffered::{Buffered, release, release_after_polls, wait_for_slot};
use super::disposition::Disposition;
use super::groups::{Attempt, Fifo, Lane, lanes};
use super::lease::Lease;
use super::polling::Polling;
use super::settler::SettleSender;
use super::slots::{Place, Reservation};
use super::work::Order;
use crate::envelope::Unwrapped;
use crate::health::Pulse;
use crate::outcome::ReceiveOutcome;
use crate::queue::{BATCH, Message, QueueError, Receive};
use crate::slo::{Slo, judge};
use crate::telemetry::QueueMetrics;
use crate::trace::ReceiveSpan;

/// A receive takes at most this much longer than its wait, because the timeout of the SDK is
/// shorter.
pub(super) const OVERDUE: Duration = Duration::from_secs(30);
/// SQS has accepted a receive that is still open after this time. It refuses at once, and a missing
/// connection or missing credentials show within this time too.
const ACCEPTED: Duration = Duration::from_secs(5);

/// A receive that is open for longer has found no message at first: its queue is quiet.
const QUIET: Duration = Duration::from_secs(1);

/// The receiving part of a poll loop.
pub(super) struct Receiver {
    pub(super) polling: Arc<Polling>,
    pub(super) settler: SettleSender,
    pub(super) pulse: Pulse,
}

/// How a receive ended. Its messages have their tasks already.
pub(super) enum Received {
    Messages {
        asked: usize,
        count: usize,
        took: Duration,
    },
    Failed(QueueError),
    /// Dropped at the end of the grace.
    Abandoned,
}

impl Received {
    pub(super) fn outcome(&self) -> ReceiveOutcome {
        match self {
            Self::Messages { asked, count, .. } => outcome(*asked, *count),
            Self::Failed(_) => ReceiveOutcome::Error,
            Self::Abandoned => ReceiveOutcome::Abandoned,
        }
    }
}

fn outcome(asked: usize, count: usize) -> ReceiveOutcome {
    match count {
        0 => ReceiveOutcome::Empty,
        count if count < asked => ReceiveOutcome::Partial,
        _ => ReceiveOutcome::Full,
    }
}

impl Receiver {
    pub(super) fn new(polling: Arc<Polling>, settler: SettleSender) -> Self {
        let pulse = polling.health.pulse(polling.metrics.queue());
        polling.metrics.poller_started();
        polling.pollers.fetch_add(1, Relaxed);
        Self { polling, settler, pulse }
    }

    /// Sends a receive for the reserved slots and waits for its end, or for the end of the grace.
    /// Calls `accepted` if SQS has accepted the receive and it is still open.
    pub(super) async fn receive(
        &self,
        mut reservation: Reservation,
        accepted: impl FnOnce(),
    ) -> Received {
        let asked = reservation.len();
        let sent = Instant::now();
        let wait = self.polling.wait;
        let mut answer = std::pin::pin!(self.send(asked, wait, None, accepted));
        let received = loop {
            tokio::select! {
                biased;
                received = &mut answer => break received,
                () = self.polling.stop.hurried() => {
                    self.abandon(sent.elapsed());
                    return Received::Abandoned;
                }
                () = sleep_until(sent + QUIET), if !reservation.is_unshared() => {
                    reservation.unshare();
                }
            }
        };
        if let Some(fifo) = &self.polling.fifo {
            fifo.groups.forget_old();
        }
        match received {
            Ok((messages, span)) => {
                let count = messages.len();
                let took = sent.elapsed();
                self.dispatch(messages, span, reservation, self.answered(sent)).await;
                Received::Messages { asked, count, took }
            }
            Err(error) => Received::Failed(error),
        }
    }

    /// Repeats the receives without an answer after the last poll, because SQS hides their messages
    /// until the visibility timeout. They are released, or processed if this is their last receive.
    /// Gives up at the first failure. A standard queue has no such receives.
    pub(super) async fn repeat_unanswered(&self) {
        let Some(fifo) = &self.polling.fifo else { return };
        while let Some(attempt) = fifo.attempts.unanswered() {
            let sent = Instant::now();
            let answer = tokio::select! {
                biased;
                answer = self.send(BATCH, Duration::ZERO, Some(attempt), || {}) => answer,
                () = self.polling.stop.hurried() => return self.abandon(sent.elapsed()),
            };
            let Ok((messages, span)) = answer else { return };
            self.dispatch(messages, span, Reservation::none(), self.answered(sent)).await;
        }
    }

    async fn send(
        &self,
        asked: usize,
        wait: Duration,
        attempt: Option<Attempt>,
        accepted: impl FnOnce(),
    ) -> Result<(Vec<Message>, ReceiveSpan), QueueError> {
        let Polling { queue, visibility, metrics, fifo, .. } = &*self.polling;
        self.pulse.expect("receiving", wait + OVERDUE);
        let sent = Instant::now();
        let span = ReceiveSpan::new(metrics.queue());
        let next = |fifo: &Fifo| attempt.unwrap_or_else(|| fifo.attempts.next());
        let attempt = fifo.as_ref().map(|fifo| (&fifo.attempts, next(fifo)));
        let receive = Receive::new(asked, wait, *visibility);
        let request = queue.receive(receive.with_attempt(attempt.map(|(_, attempt)| attempt.id)));
        let mut answer = std::pin::pin!(request.instrument(span.span().clone()));
        let received = match timeout(ACCEPTED, answer.as_mut()).await {
            Ok(received) => received,
            Err(_still_open) => {
                accepted();
                answer.await
            }
        };
        let took = sent.elapsed();
        match received {
            Ok(messages) => {
                observe_ages(metrics, &messages, wait.is_zero());
                metrics.receive_ended(outcome(asked, messages.len()), took);
                metrics.receive_returned(messages.len());
                metrics.slo_event(Slo::Polling, judge::polling(messages.len(), took));
                Ok((messages, span))
            }
            Err(error) => {
                metrics.receive_ended(ReceiveOutcome::Error, took);
                if let Some((attempts, attempt)) = attempt {
                    attempts.failed(attempt, &error);
                }
                span.failed(error.code_or_kind(), &error.chain());
                Err(error)
            }
        }
    }

    /// The earliest time at which SQS can have answered a receive that has just ended: a process
    /// that was suspended reads an answer long after it was sent.
    fn answered(&self, sent: Instant) -> Instant {
        Instant::now().min(sent + self.polling.wait + ACCEPTED)
    }

    /// Takes a lease on every message first, so that each is settled or counted as abandoned.
    async fn dispatch(
        &self,
        messages: Vec<Message>,
        span: ReceiveSpan,
        reservation: Reservation,
        answered: Instant,
    ) {
        let polling = &self.polling;
        let traces = &polling.processor.invoker.traces;
        let leases: Vec<Lease> = messages
            .iter()
            .map(|message| Lease::take(&polling.leases, message, answered))
            .collect();
        let leased = leases.into_iter().zip(messages).map(|(mut lease, mut message)| {
            let is_needed = self.open_envelope(&mut message);
            lease.trace = traces.received(&message);
            (lease, message, is_needed)
        });
        let mut leased: Vec<_> = leased.collect();
        let ids = leased.iter_mut().map(|(lease, ..)| (&*lease.message_id, &mut lease.trace));
        span.returned(ids);
        let has_stopped = polling.stop.has_begun();
        if has_stopped {
            polling.leases.tally.add_from_last_poll(leased.len());
        }
        let mut settled = Vec::new();
        let mut startable = Vec::new();
        for (lease, message, is_needed) in leased {
            let is_last = polling.processor.is_last_receive(message.receive_count);
            if has_stopped && polling.fifo.is_none() && !is_last {
                let released = release_after_polls(polling.clone(), lease, self.settler.clone());
                polling.message_tasks.spawn(released);
            } else if lease.is_lost() {
                settled.push((lease, Disposition::LOST));
            } else if lease.is_processed() || !is_needed {
                settled.push((lease, Disposition::DELETE));
            } else {
                startable.push((message, lease));
            }
        }
        // The settler can be slow, so messages that are processed start first.
        match &polling.fifo {
            Some(fifo) => {
                self.start_lanes(lanes(&fifo.groups, &polling.processor, startable), reservation)
            }
            None => {
                let surplus = self.start_all(startable, reservation);
                settled.extend(surplus.map(|lease| (lease, Disposition::RELEASE)));
            }
        }
        for (lease, disposition) in settled {
            release(lease, disposition, &self.settler).await;
        }
    }

    /// Makes a message the one that was published. Returns whether a handler needs it.
    fn open_envelope(&self, message: &mut Message) -> bool {
        let Polling { unwrapper, processor, .. } = &*self.polling;
        let unwrapped = unwrapper.unwrap(message);
        match unwrapped {
            Unwrapped::Message => {}
            Unwrapped::Unexpected => processor.faults.not_in_envelope(&message.id),
            Unwrapped::TestEvent => processor.faults.test_event(&message.id),
        }
        unwrapped != Unwrapped::TestEvent
    }

    /// A lane needs one place. The others are free for other groups.
    fn start_lanes(&self, lanes: Vec<Lane>, mut reservation: Reservation) {
        for lane in lanes {
            let (polling, settler) = (self.polling.clone(), self.settler.clone());
            self.polling.message_tasks.spawn(lane.run(polling, reservation.next(), settler));
        }
    }

    /// Returns the leases without a place. SQS never returns more messages than it was asked for;
    /// another server might.
    fn start_all(
        &self,
        messages: Vec<(Message, Lease)>,
        mut reservation: Reservation,
    ) -> impl Iterator<Item = Lease> + use<> {
        let mut surplus = Vec::new();
        for (message, lease) in messages {
            match reservation.next() {
                Some(place) => self.start(message, lease, place),
                None => surplus.push(lease),
            }
        }
        surplus.into_iter()
    }

    fn start(&self, message: Message, lease: Lease, place: Place) {
        let polling = &self.polling;
        let settler = self.settler.clone();
        match place {
            Place::Slot(slot) => {
                let processor = polling.processor.clone();
                polling.message_tasks.spawn(async move {
                    processor.process(message, lease, slot, Order::Any, &settler).await;
                });
            }
            Place::Prefetch(place) => {
                let buffered = Buffered { message, lease, place };
                polling.message_tasks.spawn(wait_for_slot(polling.clone(), buffered, settler));
            }
        }
    }

    fn abandon(&self, open_for: Duration) {
        let metrics = &self.polling.metrics;
        metrics.receive_ended(ReceiveOutcome::Abandoned, open_for);
        tracing::warn!(
            queue = metrics.queue(),
            advice = "make shutdown.grace longer than wait: messages that SQS assigned to this receive stay hidden until their visibility timeout",
            "receive dropped at the end of the shutdown grace"
        );
    }
}

/// The age of the oldest message. An empty long poll shows that none waits.
fn observe_ages(metrics: &QueueMetrics, messages: &[Message], is_short_poll: bool) {
    let now = SystemTime::now();
    let ages = messages.iter().filter_map(|message| now.duration_since(message.sent_at?).ok());
    let oldest = ages.max();
    if let Some(age) = oldest.or((messages.is_empty() && !is_short_poll).then_some(Duration::ZERO))
    {
        metrics.oldest_received(age);
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.polling.metrics.poller_ended();
        self.polling.pollers.fetch_sub(1, Relaxed);
    }
}
