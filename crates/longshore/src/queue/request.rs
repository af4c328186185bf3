//! The requests that the worker counts, and their results.

use super::failure::{FailureKind, QueueError};
use crate::label::{LabelSet, label_set};

label_set! {
    /// The requests of the worker.
    Action {
        /// `ReceiveMessage`.
        Receive = "receive",
        /// `DeleteMessageBatch`.
        Delete = "delete",
        /// `ChangeMessageVisibilityBatch`.
        ChangeVisibility = "change_visibility",
        /// `GetQueueAttributes`.
        GetAttributes = "get_attributes",
        /// `GetQueueUrl`.
        GetUrl = "get_url",
        /// `SendMessage`: a rejected message to the dead-letter queue, or a periodic task to the queue.
        Send = "send",
    }
}

label_set! {
    /// The result of one request.
    ApiResult {
        /// SQS answered with success.
        Ok = "ok",
        /// SQS throttled the request, or too many messages are in flight.
        Throttled = "throttled",
        /// The credentials or the policy do not allow the request.
        Denied = "denied",
        /// The queue does not exist.
        Missing = "missing",
        /// The encryption key of the queue cannot be used.
        Kms = "kms",
        /// SQS does not accept the request.
        Invalid = "invalid",
        /// There was no connection, or SQS failed.
        Unavailable = "unavailable",
        /// There was no answer in time.
        Timeout = "timeout",
    }
}

impl From<FailureKind> for ApiResult {
    fn from(kind: FailureKind) -> Self {
        match kind {
            FailureKind::Throttled => Self::Throttled,
            FailureKind::Denied => Self::Denied,
            FailureKind::Missing => Self::Missing,
            FailureKind::Kms => Self::Kms,
            FailureKind::Invalid => Self::Invalid,
            FailureKind::Unavailable => Self::Unavailable,
            FailureKind::Timeout => Self::Timeout,
        }
    }
}

impl QueueError {
    /// The error code of SQS, or the kind of the failure if there was no answer: the `error.type`
    /// of spans.
    pub fn code_or_kind(&self) -> &str {
        self.code.as_deref().unwrap_or_else(|| ApiResult::from(self.kind).as_str())
    }
}
