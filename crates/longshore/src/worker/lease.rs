//! The duty to settle one receive of one message. A lease has one owner at a time. Settling
//! consumes it, and a lease that is dropped counts as abandoned. Hence *received = settled +
//! abandoned + in flight*.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::heartbeat_schedule::Term;
use super::lease_table::LeaseTable;
use crate::label::LabelSet;
use crate::outcome::{Fate, Settled};
use crate::queue::{Message, PayloadObject, Receipt};
use crate::slo::ReceiveEnd;
use crate::telemetry::FailedMessage;
use crate::trace::MessageTrace;

/// One receive of one message, until it is settled.
pub(super) struct Lease {
    id: u64,
    pub(super) message_id: Arc<str>,
    pub(super) receipt: Receipt,
    /// The message's traces, for log lines and for the spans of requests.
    pub(super) trace: MessageTrace,
    /// What is deleted from S3 after the message is deleted.
    pub(super) payload: Option<Box<PayloadObject>>,
    term: Term,
    buffered: bool,
    settled: bool,
    receive_count: u32,
    leases: Arc<LeaseTable>,
}

/// A lease without heartbeats, or one whose message is to be deleted. Only this can be settled,
/// because a heartbeat that reaches SQS after the settle would undo a release.
pub(super) struct SilentLease(Lease);

impl Lease {
    /// Takes a lease on a message that SQS handed out at `answered`.
    pub(super) fn take(leases: &Arc<LeaseTable>, message: &Message, answered: Instant) -> Self {
        let (id, term) = leases.admit(message, answered);
        Self {
            id,
            message_id: message.id.clone(),
            receipt: message.receipt.clone(),
            trace: MessageTrace::default(),
            payload: None,
            term,
            buffered: true,
            settled: false,
            receive_count: message.receive_count,
            leases: leases.clone(),
        }
    }

    /// Waits until the lease is lost. Cancel-safe.
    pub(super) async fn lost(&self) {
        self.term.lost.cancelled().await;
    }

    /// Cancelled when the lease is lost.
    pub(super) fn loss(&self) -> CancellationToken {
        self.term.lost.clone()
    }

    pub(super) fn is_lost(&self) -> bool {
        self.term.lost.is_cancelled() || self.leases.has_expired(self.id)
    }

    /// Whether an earlier receive of the message was processed, and its delete has not succeeded
    /// yet. This receive then counts as processed too.
    pub(super) fn is_processed(&self) -> bool {
        self.leases.joins_processed(self.id)
    }

    /// The message's handler starts, or it is settled without one.
    pub(super) fn leave_buffer(&mut self) {
        if std::mem::take(&mut self.buffered) {
            self.leases.metrics.message_unbuffered();
        }
    }

    /// Stops the heartbeats of this message and waits for one that is being sent. Dropping the
    /// future abandons the message.
    pub(super) async fn silence(mut self) -> SilentLease {
        if let Some(expires) = self.leases.silence(self.id).await {
            self.term.expires = expires;
        }
        SilentLease(self)
    }

    /// Stops the heartbeats of a message that is to be deleted. One that is being sent can go on,
    /// because only a release can be undone by it.
    pub(super) fn silence_for_delete(mut self) -> SilentLease {
        if let Some(expires) = self.leases.silence_for_delete(self.id) {
            self.term.expires = expires;
        }
        SilentLease(self)
    }
}

impl SilentLease {
    pub(super) fn is_lost(&self) -> bool {
        self.0.term.lost.is_cancelled()
    }

    pub(super) fn message_id(&self) -> &Arc<str> {
        &self.0.message_id
    }

    pub(super) fn receipt(&self) -> &Receipt {
        &self.0.receipt
    }

    pub(super) fn trace(&self) -> &MessageTrace {
        &self.0.trace
    }

    /// What is to be deleted from S3 after the message.
    pub(super) fn take_payload(&mut self) -> Option<Box<PayloadObject>> {
        self.0.payload.take()
    }

    /// When the message becomes visible again unless it is settled.
    pub(super) fn expires(&self) -> Instant {
        self.0.term.expires
    }

    /// When SQS ends the receive, whatever the heartbeats are.
    pub(super) fn ceiling(&self) -> Instant {
        self.0.term.ceiling
    }

    /// Sends heartbeats again until the message is deleted, because no other consumer shall get it.
    pub(super) fn resume(&self) {
        let Lease { id, receipt, term, leases, .. } = &self.0;
        leases.resume(*id, receipt.clone(), term.clone());
    }

    /// The delete has failed for long.
    pub(super) fn not_deleted(&self) {
        self.0.leases.not_deleted(self.0.id);
    }

    /// The part of `timeout` that SQS still allows for this receive.
    pub(super) fn allowed(&self, timeout: Duration) -> Duration {
        timeout.min(self.0.term.ceiling.saturating_duration_since(Instant::now()))
    }

    /// The handler has processed the message: only the delete is missing.
    pub(super) fn processed(&self) {
        self.0.leases.processed(self.0.id);
    }

    /// Ends the lease: SQS confirmed the settle, or there is nothing to send.
    pub(super) fn settle(mut self, settled: Settled, fate: Fate, end: ReceiveEnd) {
        self.0.settled = true;
        self.0.leave_buffer();
        self.0.leases.end(self.0.id, settled, fate, Some(end));
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.settled {
            self.leave_buffer();
            self.leases.end(self.id, Settled::Abandoned, Fate::Abandoned, None);
            let (queue, message_id) = (self.leases.metrics.queue(), &*self.message_id);
            let (trace_id, span_id) = (self.trace.id(), self.trace.span_id());
            self.leases.metrics.message_failed(FailedMessage {
                at: SystemTime::now(),
                message_id: self.message_id.clone(),
                trace_id: trace_id.clone(),
                receive_count: self.receive_count,
                ending: Settled::Abandoned.as_str(),
                reason: "the message was neither settled nor released".to_owned(),
                count: 1,
            });
            tracing::warn!(
                queue,
                message_id,
                trace_id,
                span_id,
                advice = "if the queue still exists, the message comes back after its visibility timeout",
                "message abandoned"
            );
        }
    }
}
