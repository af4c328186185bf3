//! Settles messages with SQS: deletes and returns, up to ten per request. It does not end at a stop.
//! It ends when all senders are gone, so that every finished message is settled.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{FutureExt, future};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tracing::Instrument;

use super::disposition::{Disposition, Settle};
use super::fault_log::FaultLog;
use super::lease::SilentLease;
use super::metered::MeteredQueue;
use super::payload_deletes::PayloadDeletes;
use super::payloads::Payloads;
use super::settle_pauses::SettlePauses;
use crate::limits::SETTLE_REQUESTS;
use crate::outcome::{Settled, Settling};
use crate::queue::{BATCH, QueueError, Receipt, Refused, Visibility};
use crate::slo::ReceiveEnd;
use crate::telemetry::QueueMetrics;
use crate::trace::SettleSpan;

/// Messages that may wait for the settler. When the channel is full, slots stay taken and polling
/// slows down, so a slow SQS cannot use unlimited memory.
const WAITING: usize = 128;

/// A delete that has failed for this time is a failure of delivery.
const LATE_DELETE: Duration = Duration::from_secs(300);

/// A message that is to be settled.
pub(super) struct Settlement {
    lease: SilentLease,
    settle: Settle,
    disposition: Disposition,
    /// Whether deletes may wait for others. Otherwise the message group waits for this settlement and
    /// for the deletes before it.
    lingers: bool,
    since: Instant,
    /// How often in succession it was not settled.
    failures: u32,
}

/// The sending side of a settler.
#[derive(Clone)]
pub(super) struct SettleSender(mpsc::Sender<Settlement>);

impl SettleSender {
    /// Hands over a message. Not cancel-safe: dropping the future abandons the message.
    pub(super) async fn settle(&self, lease: SilentLease, disposition: Disposition, lingers: bool) {
        let Some(settle) = disposition.settle else {
            lease.settle(disposition.settled, disposition.fate, disposition.receive_end());
            return;
        };
        if disposition.settled == Settled::Deleted {
            lease.processed();
        }
        if settle == Settle::Delete {
            // No other consumer shall get the message until it is deleted, however often that fails.
            lease.resume();
        }
        let settlement =
            Settlement { lease, settle, disposition, lingers, since: Instant::now(), failures: 0 };
        // The settler ends before its senders only at the end of the shutdown; the lease is then
        // abandoned.
        drop(self.0.send(settlement).await);
    }
}

/// The settler of one queue.
pub(super) struct Settler {
    queue: Arc<MeteredQueue>,
    metrics: Arc<QueueMetrics>,
    linger: Duration,
    /// The worker ends when the queue is empty, so a delete that fails for long must not keep it.
    until_empty: bool,
    receiver: mpsc::Receiver<Settlement>,
    deletes: Vec<Settlement>,
    /// Whether a message group waits for one of these deletes.
    is_urgent: bool,
    /// Requests with deletes that have no answer yet.
    deleting: usize,
    /// When the waiting deletes are sent, even if the batch is not full.
    due: Instant,
    returns: Vec<(Settlement, Duration)>,
    requests: FuturesUnordered<BoxFuture<'static, Answered>>,
    payload_deletes: PayloadDeletes,
    faults: Arc<FaultLog>,
    pauses: SettlePauses,
}

struct Answered {
    action: Settling,
    batch: Vec<Settlement>,
    answer: Result<Vec<Refused>, QueueError>,
    /// The back-off after a failure has ended: send the batch again.
    retry: bool,
}

impl Settler {
    pub(super) fn new(
        queue: Arc<MeteredQueue>,
        metrics: Arc<QueueMetrics>,
        faults: Arc<FaultLog>,
        payloads: Arc<Payloads>,
        linger: Duration,
        until_empty: bool,
        pauses: SettlePauses,
    ) -> (SettleSender, Self) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let settler = Self {
            queue,
            metrics,
            linger,
            until_empty,
            receiver,
            deletes: Vec::with_capacity(BATCH),
            is_urgent: false,
            deleting: 0,
            due: Instant::now(),
            returns: Vec::with_capacity(BATCH),
            requests: FuturesUnordered::new(),
            payload_deletes: PayloadDeletes::new(payloads),
            faults,
            pauses,
        };
        (SettleSender(sender), settler)
    }

    /// Runs until every sender is gone and every message is settled or its lease has ended.
    /// Dropping the future abandons the remaining messages.
    pub(super) async fn run(mut self) {
        let mut open = true;
        let mut arrived = Vec::with_capacity(BATCH);
        while open || !self.is_idle() {
            tokio::select! {
                biased;
                Some(answered) = self.requests.next() => self.conclude(answered),
                Some(()) = self.payload_deletes.ended() => {}
                count = self.receiver.recv_many(&mut arrived, BATCH), if open && self.requests.len() < SETTLE_REQUESTS => {
                    open = count > 0;
                    for settlement in arrived.drain(..) {
                        self.add(settlement);
                    }
                }
                () = sleep_until(self.due), if !self.deletes.is_empty() => self.send_deletes(),
            }
            self.send_immediate(open);
        }
    }

    fn is_idle(&self) -> bool {
        self.deletes.is_empty()
            && self.returns.is_empty()
            && self.requests.is_empty()
            && self.payload_deletes.is_empty()
    }

    fn add(&mut self, settlement: Settlement) {
        let is_delete = settlement.settle == Settle::Delete;
        self.is_urgent |= !settlement.lingers && (is_delete || !self.deletes.is_empty());
        match settlement.settle {
            Settle::Delete => {
                if self.deletes.is_empty() {
                    self.due = Instant::now() + self.linger;
                }
                // A delete does not linger beyond the end of its lease.
                let expires = settlement.lease.expires();
                self.due = self.due.min(expires.checked_sub(self.linger).unwrap_or(expires));
                self.deletes.push(settlement);
                if self.deletes.len() == BATCH {
                    self.send_deletes();
                }
            }
            // The message has come back by itself.
            Settle::Return { .. } if settlement.lease.expires() <= Instant::now() => {
                settlement.lose("LeaseExpired", &self.faults);
            }
            Settle::Return { after } => {
                self.returns.push((settlement, after));
                if self.returns.len() == BATCH {
                    self.send_returns();
                }
            }
        }
    }

    /// Returns are not delayed, because another worker can process the messages. Deletes linger for
    /// more deletes, unless no sender is left. Deletes that a group waits for linger while another
    /// delete has no answer: SQS allows 300 requests a second for a FIFO queue.
    fn send_immediate(&mut self, open: bool) {
        if !self.returns.is_empty() && self.receiver.is_empty() {
            self.send_returns();
        }
        let is_urgent = self.is_urgent && self.deleting == 0 && self.receiver.is_empty();
        if !self.deletes.is_empty() && (!open || self.linger.is_zero() || is_urgent) {
            self.send_deletes();
        }
    }

    fn send_deletes(&mut self) {
        let batch = std::mem::replace(&mut self.deletes, Vec::with_capacity(BATCH));
        self.is_urgent = false;
        self.deleting += 1;
        let receipts: Vec<Receipt> = batch.iter().map(|s| s.lease.receipt().clone()).collect();
        let queue = self.queue.clone();
        self.send(Settling::Delete, batch, async move { queue.delete(&receipts).await });
    }

    fn send_returns(&mut self) {
        let returns = std::mem::replace(&mut self.returns, Vec::with_capacity(BATCH));
        let (batch, changes): (Vec<_>, Vec<_>) = returns
            .into_iter()
            .map(|(settlement, after)| {
                let timeout = settlement.lease.allowed(after);
                let change = Visibility::new(settlement.lease.receipt().clone(), timeout);
                (settlement, change)
            })
            .unzip();
        let queue = self.queue.clone();
        let request = async move { queue.change_visibility(&changes).await };
        self.send(Settling::ChangeVisibility, batch, request);
    }

    fn send(
        &self,
        action: Settling,
        batch: Vec<Settlement>,
        request: impl Future<Output = Result<Vec<Refused>, QueueError>> + Send + 'static,
    ) {
        self.metrics.settle_sent(action, batch.len());
        let messages = batch.iter().map(|s| (&**s.lease.message_id(), s.lease.trace()));
        let span = SettleSpan::new(self.metrics.queue(), action, messages);
        self.requests.push(
            async move {
                let answer = request.instrument(span.span().clone()).await;
                match &answer {
                    Ok(refused) => refused.iter().take(1).for_each(|refused| {
                        span.failed(&refused.code, "an entry of the batch was refused");
                    }),
                    Err(error) => span.failed(error.code_or_kind(), &error.chain()),
                }
                Answered { action, batch, answer, retry: false }
            }
            .boxed(),
        );
    }

    fn conclude(&mut self, answered: Answered) {
        let Answered { action, batch, answer, retry } = answered;
        if retry {
            batch.into_iter().for_each(|settlement| self.add(settlement));
            return;
        }
        if action == Settling::Delete {
            self.deleting -= 1;
        }
        let refused = match answer {
            Ok(refused) => refused,
            Err(error) => {
                self.faults.settle(action, batch.len(), &error);
                return self.retry(action, batch);
            }
        };
        let mut failed = Vec::new();
        for (index, settlement) in batch.into_iter().enumerate() {
            match refused.iter().find(|refused| refused.index == index) {
                None => self.confirm(settlement),
                Some(refused) if refused.sender_fault => {
                    settlement.lose(&refused.code, &self.faults);
                }
                Some(_) => failed.push(settlement),
            }
        }
        if !failed.is_empty() {
            self.retry(action, failed);
        }
    }

    /// SQS confirmed it. The payload goes after its message: without it, the message could not be
    /// processed again.
    fn confirm(&mut self, mut settlement: Settlement) {
        let Some(object) = settlement.lease.take_payload() else { return settlement.confirm() };
        let trace = settlement.lease.trace().clone();
        settlement.confirm();
        self.payload_deletes.add(object, trace);
    }

    /// Retries after a back-off. A return is abandoned when its lease ends before that, because the
    /// message comes back by itself. A delete goes on, and so do its heartbeats, because the work is
    /// done and must not be done again, unless the worker ends when the queue is empty.
    fn retry(&mut self, action: Settling, mut batch: Vec<Settlement>) {
        let pause = self.back_off(action, &mut batch);
        let then = Instant::now() + pause;
        batch.retain(|settlement| {
            if self.until_empty || action == Settling::ChangeVisibility {
                return settlement.lease.expires() > then;
            }
            settlement.delete_failed();
            settlement.lease.ceiling() > then
        });
        if batch.is_empty() {
            return;
        }
        let wait = self.pauses.wait(pause).then(move |()| {
            future::ready(Answered { action, batch, answer: Ok(Vec::new()), retry: true })
        });
        self.requests.push(wait.boxed());
    }

    /// The back-off of the message that failed least often: a message does not wait for the failures
    /// of another one.
    fn back_off(&self, action: Settling, batch: &mut [Settlement]) -> Duration {
        batch.iter_mut().for_each(|settlement| settlement.failures += 1);
        let failures = batch.iter().map(|settlement| settlement.failures).min().unwrap_or(1);
        self.pauses.after(action, failures)
    }
}

impl Settlement {
    /// Its delete has failed again.
    fn delete_failed(&self) {
        if self.since.elapsed() >= LATE_DELETE {
            self.lease.not_deleted();
        }
    }

    fn confirm(self) {
        if self.settle == Settle::Delete && self.since.elapsed() >= LATE_DELETE {
            self.lease.not_deleted();
        }
        let Disposition { settled, fate, .. } = self.disposition;
        self.lease.settle(settled, fate, self.disposition.receive_end());
    }

    /// SQS refused: another consumer has the message by now, or it is deleted.
    fn lose(self, code: &str, faults: &FaultLog) {
        faults.receipt(&self.lease, code);
        self.lease.settle(Settled::LeaseLost, self.disposition.fate, ReceiveEnd::Unprocessed);
    }
}
