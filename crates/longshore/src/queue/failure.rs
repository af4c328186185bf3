//! What can go wrong with a request to SQS, sorted by what to do about it.

use std::error::Error;

use crate::format::error_chain;
use crate::telemetry::{ApiResult, LabelSet};

/// A request that failed as a whole. The text and its sources are for the log; only the kind is
/// branched on, and only the kind is a label.
#[derive(Debug, thiserror::Error)]
#[error("{action} failed ({})", code.as_deref().unwrap_or("no answer"))]
pub struct QueueError {
    /// The call, in SQS's words.
    pub action: &'static str,
    /// What to do about it.
    pub kind: FailureKind,
    /// SQS's own code for it, where it answered.
    pub code: Option<String>,
    /// What lies beneath.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl QueueError {
    /// SQS's own code, or the kind where it did not answer: what a span calls the type of the error.
    pub fn kind_or_code(&self) -> &str {
        self.code.as_deref().unwrap_or_else(|| ApiResult::from(self.kind).as_str())
    }

    /// The error and everything beneath it, in one line.
    pub fn chain(&self) -> String {
        error_chain(self)
    }
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// Too many requests, or too many messages in flight.
    Throttled,
    /// Credentials or policy do not allow it.
    Denied,
    /// There is no such queue.
    Missing,
    /// The queue's encryption key cannot be used.
    Kms,
    /// SQS does not accept the request as it is.
    Invalid,
    /// No connection, or the service failed.
    Unavailable,
    /// No answer in time.
    Timeout,
}

impl FailureKind {
    /// Whether it will last until somebody acts. Such failures back off for long and make the worker
    /// unready.
    pub fn is_fatal(self) -> bool {
        match self {
            Self::Denied | Self::Missing | Self::Kms | Self::Invalid => true,
            Self::Throttled | Self::Unavailable | Self::Timeout => false,
        }
    }

    /// What somebody can do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Throttled => "wait; ask AWS for a higher quota if it stays",
            Self::Denied => {
                "check the credentials and the policy (`sqs:ReceiveMessage`, `sqs:DeleteMessage`, `sqs:ChangeMessageVisibility`, `sqs:GetQueueUrl`, `sqs:GetQueueAttributes`)"
            }
            Self::Missing => "check the queue's name, the region and the account; create the queue",
            Self::Kms => "check the queue's KMS key and its key policy",
            Self::Invalid => "check the queue's name or URL and the endpoint",
            Self::Unavailable => "check `aws.endpoint_url`, the region and the network",
            Self::Timeout => "check the network between here and the endpoint",
        }
    }

    /// The kind of a failure that SQS answered with. Codes come in two spellings, the JSON protocol's
    /// and the older query protocol's.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>
    pub(super) fn of_answer(status: u16, code: &str) -> Self {
        const THROTTLED: &[&str] = &["Throttl", "OverLimit", "TooManyRequests", "RequestLimit"];
        const MISSING: &[&str] = &["NonExistentQueue", "QueueDoesNotExist"];
        const DENIED: &[&str] = &[
            "AccessDenied",
            "InvalidClientToken",
            "SignatureDoesNotMatch",
            "UnrecognizedClient",
            "ExpiredToken",
            "InvalidAccessKey",
            "MissingAuthentication",
            "InvalidSecurity",
            "NotAuthorized",
            "AuthFailure",
            "IncompleteSignature",
            "OptInRequired",
        ];
        let says = |words: &[&str]| words.iter().any(|word| code.contains(word));
        if status == 429 || says(THROTTLED) {
            Self::Throttled
        } else if says(MISSING) {
            Self::Missing
        } else if code.to_ascii_lowercase().contains("kms") {
            Self::Kms
        } else if status >= 500 {
            Self::Unavailable
        } else if says(DENIED) || status == 401 || status == 403 {
            Self::Denied
        } else {
            Self::Invalid
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_a_code_have_the_same_kind() {
        for (status, code, kind) in [
            (400, "AWS.SimpleQueueService.NonExistentQueue", FailureKind::Missing),
            (400, "QueueDoesNotExist", FailureKind::Missing),
            (403, "RequestThrottled", FailureKind::Throttled),
            (400, "ThrottlingException", FailureKind::Throttled),
            (403, "OverLimit", FailureKind::Throttled),
            (403, "AccessDeniedException", FailureKind::Denied),
            (403, "InvalidClientTokenId", FailureKind::Denied),
            (400, "KMS.DisabledException", FailureKind::Kms),
            (400, "KmsAccessDenied", FailureKind::Kms),
            (400, "KmsThrottled", FailureKind::Throttled),
            (500, "InternalError", FailureKind::Unavailable),
            (503, "ServiceUnavailable", FailureKind::Unavailable),
            (400, "InvalidAddress", FailureKind::Invalid),
        ] {
            assert_eq!(FailureKind::of_answer(status, code), kind, "{status} {code}");
        }
    }
}
