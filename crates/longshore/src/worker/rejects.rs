//! Moves rejected messages to the dead-letter queue at once: first the send, then the delete, so
//! that a message is never lost in between. A process that ends between the two leaves a copy in
//! both queues.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use tracing::Instrument;

use super::backlog::Backlog;
use super::fault_log::FaultLog;
use super::lease::Lease;
use super::metered::MeteredQueue;
use super::stop::Stop;
use crate::outcome::DeadLetterMove;
use crate::queue::{DeadLetter, FailureKind, Message, QueueError};
use crate::slo::Redrive;
use crate::telemetry::QueueMetrics;
use crate::trace::SendSpan;

/// The moves of one queue with `on_reject = "dead_letter"`.
pub(super) struct Rejects {
    pub(super) queue: Arc<MeteredQueue>,
    pub(super) backlog: Arc<Backlog>,
    pub(super) metrics: Arc<QueueMetrics>,
    pub(super) faults: Arc<FaultLog>,
    pub(super) stop: Stop,
    /// How long a send that is open at the end of the grace may take.
    pub(super) interrupt: Duration,
}

/// Why a message was not moved.
enum NotMoved {
    /// Its queue has no redrive policy, or the policy is not known.
    NoTarget(DeadLetterMove),
    /// The send failed.
    Refused(QueueError),
    /// The shutdown grace has ended.
    Stopped,
    /// Another consumer can have the message.
    LeaseLost,
}

impl Rejects {
    /// Sends the message to the dead-letter queue. Returns whether it is there, so that it can be
    /// deleted. Its heartbeats continue meanwhile.
    pub(super) async fn send(&self, message: &Message, lease: &Lease, reason: &str) -> bool {
        let sent = tokio::select! {
            biased;
            () = self.grace_over() => Err(NotMoved::Stopped),
            () = lease.lost() => Err(NotMoved::LeaseLost),
            sent = self.send_once(message, lease, reason) => sent,
        };
        let result = match &sent {
            Ok(()) => DeadLetterMove::Moved,
            Err(NotMoved::NoTarget(result)) => *result,
            Err(NotMoved::Refused(_) | NotMoved::LeaseLost) => DeadLetterMove::Failed,
            Err(NotMoved::Stopped) => DeadLetterMove::Stopped,
        };
        self.metrics.dead_letter_move(result);
        if let Err(why) = &sent {
            let id = (&message.id, &lease.trace);
            self.faults.not_moved(result, id, &why.text(), why.advice());
        }
        sent.is_ok()
    }

    /// One attempt. If it fails, the redrive policy moves the message later.
    async fn send_once(
        &self,
        message: &Message,
        lease: &Lease,
        reason: &str,
    ) -> Result<(), NotMoved> {
        let arn = self.backlog.dead_letter_arn().borrow().clone();
        if arn.is_empty() {
            let is_unknown = self.backlog.redrive() == Redrive::Unknown;
            let unknown = DeadLetterMove::UnknownPolicy;
            return Err(NotMoved::NoTarget(if is_unknown {
                unknown
            } else {
                DeadLetterMove::NoPolicy
            }));
        }
        let source = self.metrics.figures().queue_arn();
        let source = source.as_deref().unwrap_or(self.metrics.queue());
        let letter = DeadLetter::new(message, source, reason);
        let span = SendSpan::new(&arn, &message.id, &lease.trace);
        let sent = self.queue.send_dead_letter(&arn, &letter).instrument(span.span().clone()).await;
        match sent {
            Ok(true) => Ok(()),
            Ok(false) => Err(NotMoved::NoTarget(DeadLetterMove::Failed)),
            Err(error) => {
                span.failed(error.code_or_kind(), &error.chain());
                Err(NotMoved::Refused(error))
            }
        }
    }

    /// Waits until the grace is over, and then until a send that was open must end. No send begins
    /// after the grace.
    async fn grace_over(&self) {
        if !self.stop.has_released(true) {
            self.stop.hurried().await;
            sleep(self.interrupt).await;
        }
    }
}

impl NotMoved {
    fn text(&self) -> String {
        match self {
            Self::NoTarget(DeadLetterMove::UnknownPolicy) => {
                "the redrive policy of the queue is not known".to_owned()
            }
            Self::NoTarget(DeadLetterMove::NoPolicy) => {
                "the queue has no redrive policy".to_owned()
            }
            Self::NoTarget(_) => "this kind of queue cannot send to a dead-letter queue".to_owned(),
            Self::Refused(error) => error.chain(),
            Self::Stopped => "the shutdown grace ended".to_owned(),
            Self::LeaseLost => "the lease was lost before the send ended".to_owned(),
        }
    }

    fn advice(&self) -> &'static str {
        match self {
            Self::NoTarget(DeadLetterMove::UnknownPolicy) => "allow sqs:GetQueueAttributes",
            Self::NoTarget(_) => "add a redrive policy to the queue, or change on_reject",
            Self::Refused(error) => match error.kind {
                FailureKind::Denied => {
                    "allow sqs:SendMessage on the dead-letter queue, and kms:GenerateDataKey if it \
                     is encrypted with your own key"
                }
                _ => error.advice(),
            },
            Self::Stopped => "none is needed: the message is rejected again when it is redelivered",
            Self::LeaseLost => "check the network to SQS",
        }
    }
}
