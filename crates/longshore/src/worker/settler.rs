//! Tells SQS how messages ended: deletes and returns, ten to a request. It takes no stop signal; it
//! ends when nobody is left who could send it anything, so that no finished work goes unsaid.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{FutureExt, future};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};
use tracing::Instrument;

use super::backoff;
use super::faults::Faults;
use super::lease::Lease;
use super::outcome::{Disposition, Settle};
use crate::queue::{BATCH, Queue, QueueError, Receipt, Refused, Visibility};
use crate::slo::judge;
use crate::telemetry::{QueueMetrics, Settled, Settling, Slo};
use crate::trace::SettleSpan;

/// Settlements that may wait for the settler. When it is full, slots stay taken and the intake slows:
/// memory is bounded by a slow SQS, not grown by it.
const WAITING: usize = 128;
/// Requests that may be open at once, retries included.
const REQUESTS: usize = 16;

/// What a message's owner hands over.
pub(super) struct Settlement {
    lease: Lease,
    settle: Settle,
    disposition: Disposition,
    failures: u32,
}

/// Where settlements are handed in.
#[derive(Clone)]
pub(super) struct SettleSender(mpsc::Sender<Settlement>);

impl SettleSender {
    /// Hands a message over to be settled. Its heartbeats must be silent. Not cancel-safe: cut off, it
    /// abandons the message.
    pub(super) async fn settle(&self, lease: Lease, disposition: Disposition) {
        let Some(settle) = disposition.settle else {
            lease.settle(disposition.settled, disposition.fate);
            return;
        };
        let settlement = Settlement { lease, settle, disposition, failures: 0 };
        // The settler outlives its senders, unless its time is up; then this drop abandons the lease.
        drop(self.0.send(settlement).await);
    }
}

/// The settler of one queue.
pub(super) struct Settler {
    queue: Arc<dyn Queue>,
    metrics: Arc<QueueMetrics>,
    linger: Duration,
    receiver: mpsc::Receiver<Settlement>,
    deletes: Vec<Settlement>,
    /// When the waiting deletes must go, however few.
    due: Instant,
    returns: Vec<(Settlement, Duration)>,
    requests: FuturesUnordered<BoxFuture<'static, Answered>>,
    faults: Arc<Faults>,
}

struct Answered {
    action: Settling,
    batch: Vec<Settlement>,
    answer: Result<Vec<Refused>, QueueError>,
    /// Entries that have waited out a failure and are to be sent again.
    again: bool,
}

impl Settler {
    pub(super) fn new(
        queue: Arc<dyn Queue>,
        metrics: Arc<QueueMetrics>,
        faults: Arc<Faults>,
        linger: Duration,
    ) -> (SettleSender, Self) {
        let (sender, receiver) = mpsc::channel(WAITING);
        let settler = Self {
            queue,
            metrics,
            linger,
            receiver,
            deletes: Vec::with_capacity(BATCH),
            due: Instant::now(),
            returns: Vec::with_capacity(BATCH),
            requests: FuturesUnordered::new(),
            faults,
        };
        (SettleSender(sender), settler)
    }

    /// Settles until every sender is gone and every message is settled or its lease has run out.
    /// Dropping it abandons what it still has.
    pub(super) async fn run(mut self) {
        let mut open = true;
        let mut arrived = Vec::with_capacity(BATCH);
        while open || !self.is_idle() {
            tokio::select! {
                biased;
                Some(answered) = self.requests.next() => self.conclude(answered),
                count = self.receiver.recv_many(&mut arrived, BATCH), if open && self.requests.len() < REQUESTS => {
                    open = count > 0;
                    for settlement in arrived.drain(..) {
                        self.add(settlement);
                    }
                }
                () = sleep_until(self.due), if !self.deletes.is_empty() => self.send_deletes(),
            }
            self.send_what_need_not_wait(open);
        }
    }

    fn is_idle(&self) -> bool {
        self.deletes.is_empty() && self.returns.is_empty() && self.requests.is_empty()
    }

    fn add(&mut self, settlement: Settlement) {
        match settlement.settle {
            Settle::Delete => {
                if self.deletes.is_empty() {
                    self.due = Instant::now() + self.linger;
                }
                // One whose lease is about to end does not linger.
                self.due = self.due.min(settlement.lease.expires() - self.linger);
                self.deletes.push(settlement);
                if self.deletes.len() == BATCH {
                    self.send_deletes();
                }
            }
            Settle::Return { after } => {
                self.returns.push((settlement, after));
                if self.returns.len() == BATCH {
                    self.send_returns();
                }
            }
        }
    }

    /// Returns travel together when they come together; a message to be retried elsewhere should not
    /// wait. Deletes wait for company, unless nothing more can come.
    fn send_what_need_not_wait(&mut self, open: bool) {
        if !self.returns.is_empty() && self.receiver.is_empty() {
            self.send_returns();
        }
        if !self.deletes.is_empty() && (!open || self.linger.is_zero()) {
            self.send_deletes();
        }
    }

    fn send_deletes(&mut self) {
        let batch = std::mem::replace(&mut self.deletes, Vec::with_capacity(BATCH));
        let receipts: Vec<Receipt> = batch.iter().map(|s| s.lease.receipt.clone()).collect();
        let queue = self.queue.clone();
        self.send(Settling::Delete, batch, async move { queue.delete(&receipts).await });
    }

    fn send_returns(&mut self) {
        let returns = std::mem::replace(&mut self.returns, Vec::with_capacity(BATCH));
        let (batch, changes): (Vec<_>, Vec<_>) = returns
            .into_iter()
            .map(|(settlement, after)| {
                let (receipt, timeout) =
                    (settlement.lease.receipt.clone(), settlement.lease.grant(after));
                (settlement, Visibility { receipt, timeout })
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
        let messages = batch.iter().map(|s| (&*s.lease.message_id, &s.lease.trace));
        let span = SettleSpan::new(self.metrics.queue(), action, messages);
        self.requests.push(
            async move {
                let answer = request.instrument(span.span().clone()).await;
                match &answer {
                    Ok(refused) => refused.iter().take(1).for_each(|refused| {
                        span.failed(&refused.code, "an entry of the batch was refused");
                    }),
                    Err(error) => span.failed(error.kind_or_code(), &error.chain()),
                }
                Answered { action, batch, answer, again: false }
            }
            .boxed(),
        );
    }

    fn conclude(&mut self, answered: Answered) {
        let Answered { action, batch, answer, again } = answered;
        if again {
            batch.into_iter().for_each(|settlement| self.add(settlement));
            return;
        }
        let refused = match answer {
            Ok(refused) => refused,
            Err(error) => {
                self.faults.settling(action, batch.len(), &error);
                return self.try_again(action, batch);
            }
        };
        let mut failed = Vec::new();
        for (index, settlement) in batch.into_iter().enumerate() {
            match refused.iter().find(|refused| refused.index == index) {
                None => settlement.confirm(),
                Some(refused) if refused.sender_fault => {
                    settlement.lose(&refused.code, &self.faults);
                }
                Some(_) => failed.push(settlement),
            }
        }
        if !failed.is_empty() {
            self.try_again(action, failed);
        }
    }

    /// After a back-off, as long as the lease lasts that long; past it the message is abandoned.
    fn try_again(&mut self, action: Settling, mut batch: Vec<Settlement>) {
        let failures = batch.iter().map(|s| s.failures).max().unwrap_or(0) + 1;
        let pause = backoff::settle(failures);
        let then = Instant::now() + pause;
        batch.retain_mut(|settlement| {
            settlement.failures = failures;
            settlement.lease.expires() > then
        });
        if batch.is_empty() {
            return;
        }
        let wait = sleep(pause).then(move |()| {
            future::ready(Answered { action, batch, answer: Ok(Vec::new()), again: true })
        });
        self.requests.push(wait.boxed());
    }
}

impl Settlement {
    fn confirm(self) {
        let Disposition { settled, fate, comes_again, .. } = self.disposition;
        if let Some(judgement) = judge::delivery(settled, comes_again) {
            self.lease.metrics().slo_event(Slo::Delivery, judgement);
        }
        self.lease.settle(settled, fate);
    }

    /// SQS says that this receive cannot be settled: the message is with somebody else by now, or gone.
    fn lose(self, code: &str, faults: &Faults) {
        faults.receipt(&self.lease, code);
        self.lease.settle(Settled::LeaseLost, self.disposition.fate);
    }
}
