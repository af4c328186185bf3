//! The obligation to settle one receive of one message. From the receive on exactly one owner has it;
//! settling consumes it, and dropping it unsettled counts as abandoned. Hence the identity
//! *received = settled + abandoned + in flight*.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::leases::{Admission, Leases};
use crate::queue::{Message, Receipt};
use crate::telemetry::{Delivery, Fate, QueueMetrics, Settled};
use crate::trace::MessageTrace;

/// One receive of one message, until it is settled.
pub(super) struct Lease {
    id: u64,
    pub(super) message_id: Arc<str>,
    pub(super) receipt: Receipt,
    /// Where it is in its traces, for the log and for the spans of requests.
    pub(super) trace: MessageTrace,
    expires: Instant,
    ceiling: Instant,
    held: bool,
    settled: bool,
    lost: CancellationToken,
    leases: Arc<Leases>,
}

impl Lease {
    /// Takes charge of a message that was received just now.
    pub(super) fn take(leases: &Arc<Leases>, message: &Message) -> Self {
        let first = message.is_first_delivery();
        let delivery = if first { Delivery::First } else { Delivery::Redelivery };
        let Admission { lease, expires, ceiling, lost } =
            leases.admit(message.receipt.clone(), delivery);
        Self {
            id: lease,
            message_id: message.id.clone(),
            receipt: message.receipt.clone(),
            trace: MessageTrace::default(),
            expires,
            ceiling,
            held: true,
            settled: false,
            lost,
            leases: leases.clone(),
        }
    }

    /// Waits until the message is no longer ours. Cancel-safe.
    pub(super) async fn lost(&self) {
        self.lost.cancelled().await;
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.is_cancelled()
    }

    /// The message's handler starts, or it is given back: it is no longer merely held.
    pub(super) fn unhold(&mut self) {
        if std::mem::take(&mut self.held) {
            self.leases.metrics.message_unheld();
        }
    }

    /// Stops the heartbeats of this message and waits for one that is in flight: landing after the
    /// settle it would undo a release. Cancel-safe.
    pub(super) async fn silence(&mut self) {
        if let Some(expires) = self.leases.silence(self.id).await {
            self.expires = expires;
        }
    }

    /// The metrics of its queue.
    pub(super) fn metrics(&self) -> &QueueMetrics {
        &self.leases.metrics
    }

    /// When the message becomes visible to others unless it is settled.
    pub(super) fn expires(&self) -> Instant {
        self.expires
    }

    /// As much of `timeout` as SQS still grants this receive.
    pub(super) fn grant(&self, timeout: Duration) -> Duration {
        timeout.min(self.ceiling.saturating_duration_since(Instant::now()))
    }

    /// SQS confirmed it, or SQS need not be told: the receive is over.
    pub(super) fn settle(mut self, settled: Settled, fate: Fate) {
        self.settled = true;
        self.unhold();
        self.leases.end(self.id, settled, fate);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.settled {
            self.unhold();
            self.leases.end(self.id, Settled::Abandoned, Fate::Abandoned);
            let (queue, message_id) = (self.leases.metrics.queue(), &*self.message_id);
            let trace_id = self.trace.id();
            tracing::warn!(
                queue,
                message_id,
                trace_id,
                "message abandoned: it stays hidden until its visibility timeout ends"
            );
        }
    }
}
