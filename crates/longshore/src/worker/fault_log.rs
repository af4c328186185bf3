//! Log lines about messages and requests that fail, and the failures that the report shows. A fault that affects every message is logged
//! once, with the first message, and then at most once per minute with the number of suppressed
//! lines. At level DEBUG each message has its own line, and traces show each message.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use super::disposition::Outcome;
use super::lease::SilentLease;
use crate::label::LabelSet;
use crate::outcome::{DeadLetterMove, Ending, Settling};
use crate::queue::{PayloadObject, QueueError};
use crate::telemetry::{FailedMessage, QueueMetrics, Repeats};
use crate::trace::MessageTrace;

/// Reasons that are counted separately. Reasons can contain text of the message, so their number is
/// unlimited.
const MAX_REASONS: usize = 16;
const OTHER_REASONS: &str = "";

/// The faults of one queue.
#[derive(Debug)]
pub(super) struct FaultLog {
    metrics: Arc<QueueMetrics>,
    failed_messages: Mutex<BTreeMap<(&'static str, String), Arc<Repeats>>>,
    settles: Vec<Repeats>,
    heartbeats: Repeats,
    receipts: Repeats,
    not_in_envelopes: Repeats,
    test_events: Repeats,
    moves: Vec<Repeats>,
    unread_payloads: Repeats,
    pointers_in_part: Repeats,
    undeleted_payloads: Repeats,
}

impl FaultLog {
    pub(super) fn new(metrics: Arc<QueueMetrics>) -> Self {
        Self {
            metrics,
            failed_messages: Mutex::default(),
            settles: Settling::ALL.iter().map(|_| Repeats::default()).collect(),
            heartbeats: Repeats::default(),
            receipts: Repeats::default(),
            not_in_envelopes: Repeats::default(),
            test_events: Repeats::default(),
            moves: DeadLetterMove::ALL.iter().map(|_| Repeats::default()).collect(),
            unread_payloads: Repeats::default(),
            pointers_in_part: Repeats::default(),
            undeleted_payloads: Repeats::default(),
        }
    }

    /// A call of the handler ended; `deleted` if the message will be deleted although it was not
    /// processed.
    pub(super) fn message(
        &self,
        outcome: &Outcome,
        (message_id, trace): (&Arc<str>, &MessageTrace),
        receive_count: u32,
        deleted: bool,
    ) {
        let (ending, reason) = (outcome.ending(), outcome.reason());
        if ending == Ending::Done {
            return;
        }
        self.metrics.message_failed(FailedMessage {
            at: SystemTime::now(),
            message_id: message_id.clone(),
            trace_id: trace.id(),
            receive_count,
            ending: ending.as_str(),
            reason: reason.to_owned(),
            count: 1,
        });
        // The messages that a shutdown interrupts are few, and a deleted message appears nowhere
        // else.
        let always = deleted || ending == Ending::Interrupted;
        let logged =
            if always { Some(None) } else { self.repeats(ending.as_str(), reason).occurred() };
        let Some(suppressed) = logged else { return };
        tracing::warn!(
            queue = self.metrics.queue(),
            message_id = &**message_id,
            trace_id = trace.id(),
            span_id = trace.span_id(),
            receive_count,
            ending = ending.as_str(),
            reason,
            suppressed,
            "message not processed"
        );
    }

    fn repeats(&self, ending: &'static str, reason: &str) -> Arc<Repeats> {
        let mut known =
            self.failed_messages.lock().expect("no code panics while it holds this lock");
        let mut key = (ending, reason.to_owned());
        if known.len() >= MAX_REASONS && !known.contains_key(&key) {
            key.1 = OTHER_REASONS.to_owned();
        }
        known.entry(key).or_default().clone()
    }

    /// A request that settles messages failed as a whole.
    pub(super) fn settle(&self, action: Settling, messages: usize, error: &QueueError) {
        if let Some(suppressed) = self.settles[action.index()].occurred() {
            tracing::warn!(
                queue = self.metrics.queue(),
                action = action.as_str(),
                messages,
                error = error.chain(),
                suppressed,
                "settle failed; trying again"
            );
        }
    }

    /// A request that extends visibility timeouts failed as a whole.
    pub(super) fn heartbeat(&self, messages: usize, error: &QueueError) {
        if let Some(suppressed) = self.heartbeats.occurred() {
            tracing::warn!(
                queue = self.metrics.queue(),
                messages,
                error = error.chain(),
                suppressed,
                "heartbeat failed; trying again until the leases end"
            );
        }
    }

    /// SQS refused to settle a receive of a message.
    pub(super) fn receipt(&self, lease: &SilentLease, code: &str) {
        if let Some(suppressed) = self.receipts.occurred() {
            tracing::warn!(
                queue = self.metrics.queue(),
                message_id = &**lease.message_id(),
                trace_id = lease.trace().id(),
                span_id = lease.trace().span_id(),
                code,
                suppressed,
                "message not settled; its receipt is no longer valid"
            );
        }
    }

    /// A body is not what the queue's `unwrap` says.
    pub(super) fn not_in_envelope(&self, message_id: &str) {
        if let Some(suppressed) = self.not_in_envelopes.occurred() {
            tracing::warn!(
                queue = self.metrics.queue(),
                message_id,
                suppressed,
                advice = "check unwrap, and that the subscription has no raw delivery: the handler gets the body as it is",
                "message is not in the envelope that unwrap names"
            );
        }
    }

    /// The test event of S3 is deleted without a call of the handler.
    pub(super) fn test_event(&self, message_id: &str) {
        if let Some(suppressed) = self.test_events.occurred() {
            tracing::info!(
                queue = self.metrics.queue(),
                message_id,
                suppressed,
                "test event of S3 deleted"
            );
        }
    }

    /// A rejected message was not moved to the dead-letter queue.
    pub(super) fn not_moved(
        &self,
        result: DeadLetterMove,
        (message_id, trace): (&Arc<str>, &MessageTrace),
        error: &str,
        advice: &str,
    ) {
        if let Some(suppressed) = self.moves[result.index()].occurred() {
            tracing::warn!(
                queue = self.metrics.queue(),
                message_id = &**message_id,
                trace_id = trace.id(),
                span_id = trace.span_id(),
                result = result.as_str(),
                error,
                advice,
                suppressed,
                "rejected message not moved to the dead-letter queue; the redrive policy applies"
            );
        }
    }

    /// A payload is in S3, and the queue is not configured to read it.
    pub(super) fn payload_not_read(&self, message_id: &str) {
        if let Some(suppressed) = self.unread_payloads.occurred() {
            tracing::warn!(
                queue = self.metrics.queue(),
                message_id,
                suppressed,
                advice = "list its bucket in payloads.buckets: the handler gets the pointer",
                "payload is in S3 and not read"
            );
        }
    }

    /// A message looks like one whose payload is in S3, and is none.
    pub(super) fn pointer_in_part(&self, message_id: &str) {
        if let Some(suppressed) = self.pointers_in_part.occurred() {
            tracing::warn!(
                queue = self.metrics.queue(),
                message_id,
                suppressed,
                advice = "send both the attribute ExtendedPayloadSize and the body of a pointer: the handler gets the message as it is",
                "message has only a part of a pointer to S3"
            );
        }
    }

    /// The object of a processed message was not deleted.
    pub(super) fn payload_not_deleted(&self, object: &PayloadObject, error: &str) {
        if let Some(suppressed) = self.undeleted_payloads.occurred() {
            tracing::warn!(
                queue = self.metrics.queue(),
                object = %object,
                error,
                suppressed,
                advice = "allow s3:DeleteObject, and let a lifecycle rule of the bucket delete what stays",
                "payload not deleted from S3"
            );
        }
    }

    /// Logs the suppressed counts at the end of the worker.
    pub(super) fn flush(&self) {
        let queue = self.metrics.queue();
        let failed = self.failed_messages.lock().expect("no code panics while it holds this lock");
        for ((ending, reason), repeats) in &*failed {
            if let Some(suppressed) = repeats.take_suppressed() {
                let reason = if reason == OTHER_REASONS { "others" } else { reason };
                tracing::warn!(
                    queue,
                    ending,
                    reason,
                    suppressed,
                    "more messages not processed since the last log line"
                );
            }
        }
        let rest = self.settles.iter().map(|repeats| ("settle failed", repeats));
        let rest = rest.chain([
            ("heartbeat failed", &self.heartbeats),
            ("receipt no longer valid", &self.receipts),
            ("message is not in the envelope that unwrap names", &self.not_in_envelopes),
            ("payload is in S3 and not read", &self.unread_payloads),
            ("message has only a part of a pointer to S3", &self.pointers_in_part),
            ("payload not deleted from S3", &self.undeleted_payloads),
        ]);
        let moves = self.moves.iter().map(|repeats| ("rejected message not moved", repeats));
        for (fault, repeats) in rest.chain(moves) {
            if let Some(suppressed) = repeats.take_suppressed() {
                tracing::warn!(queue, fault, suppressed, "more faults since the last log line");
            }
        }
        if let Some(suppressed) = self.test_events.take_suppressed() {
            tracing::info!(
                queue,
                suppressed,
                "more test events of S3 deleted since the last log line"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::QueueConfig;
    use crate::telemetry::Metrics;

    #[test]
    fn the_first_sixteen_reasons_are_counted_separately() {
        let config = QueueConfig::builder("orders").build().unwrap();
        let log = FaultLog::new(Metrics::new().register(&config));
        let is_same = |one: &str, other: &str| {
            Arc::ptr_eq(&log.repeats("retry", one), &log.repeats("retry", other))
        };
        assert!(is_same("0", "0") && !is_same("0", "1"));
        (2..MAX_REASONS).for_each(|reason| drop(log.repeats("retry", &reason.to_string())));
        assert!(is_same("16", "17"));
        assert!(!is_same("16", "0") && !is_same("0", "15"));
    }
}
