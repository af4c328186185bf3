//! Failures of requests to SQS, by what to do about them.

#[cfg(test)]
mod property;

use std::error::Error;

use crate::format::{bounded, error_chain};

/// A request that failed as a whole.
#[derive(Debug, thiserror::Error)]
#[error("{action} failed ({})", code.as_deref().unwrap_or("no answer"))]
#[non_exhaustive]
pub struct QueueError {
    /// The name of the request, such as `ReceiveMessage`.
    pub action: &'static str,
    /// What to do about the failure.
    pub kind: FailureKind,
    /// How far the request came.
    pub progress: Progress,
    /// The error code of SQS, if it answered.
    pub code: Option<String>,
    /// The id of the request, if SQS answered. AWS asks for it.
    pub request_id: Option<String>,
    /// The cause.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
    advice: Option<&'static str>,
}

/// How far a failed request came. An answered request is billed, an unsent one is not even counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It was not sent, for example because there are no credentials.
    NotSent,
    /// It was sent, and there was no answer.
    Unanswered,
    /// SQS answered with an error.
    Answered,
}

impl QueueError {
    /// A failure of this request. A timeout and an unavailable service count as unanswered, every
    /// other kind as answered.
    pub fn new(action: &'static str, kind: FailureKind) -> Self {
        let progress = match kind {
            FailureKind::Timeout | FailureKind::Unavailable => Progress::Unanswered,
            FailureKind::Throttled
            | FailureKind::Denied
            | FailureKind::Missing
            | FailureKind::Kms
            | FailureKind::Invalid => Progress::Answered,
        };
        Self { action, kind, progress, code: None, request_id: None, source: None, advice: None }
    }

    /// Sets how far the request came.
    #[must_use]
    pub fn with_progress(self, progress: Progress) -> Self {
        Self { progress, ..self }
    }

    /// Sets the error code of SQS.
    #[must_use]
    pub fn with_code(self, code: impl Into<String>) -> Self {
        Self { code: Some(code.into()), ..self }
    }

    /// Sets the cause.
    #[must_use]
    pub fn with_source(self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { source: Some(source.into()), ..self }
    }

    /// Sets what an operator can do about it, if that is more than [`FailureKind::advice`].
    #[must_use]
    pub fn with_advice(self, advice: &'static str) -> Self {
        Self { advice: Some(advice), ..self }
    }

    /// What an operator can do about it.
    pub fn advice(&self) -> &'static str {
        self.advice.unwrap_or(self.kind.advice())
    }

    /// The error and its causes, in one line, with the id of the request. Secrets are masked.
    pub fn chain(&self) -> String {
        match &self.request_id {
            Some(id) => format!("{} (request id {})", self.summary(), bounded(id.clone())),
            None => self.summary(),
        }
    }

    /// Like [`chain`](Self::chain), without the id of the request, which differs each time.
    pub fn summary(&self) -> String {
        error_chain(self)
    }
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// SQS throttled the request, or too many messages are in flight.
    Throttled,
    /// The credentials or the policy do not allow the request.
    Denied,
    /// The queue does not exist.
    Missing,
    /// The encryption key of the queue cannot be used.
    Kms,
    /// SQS does not accept the request.
    Invalid,
    /// There was no connection, or SQS failed.
    Unavailable,
    /// There was no answer in time.
    Timeout,
}

impl FailureKind {
    /// Whether the failure needs an operator. After such a failure the worker backs off longer and
    /// is not ready.
    pub fn is_fatal(self) -> bool {
        match self {
            Self::Denied | Self::Missing | Self::Kms | Self::Invalid => true,
            Self::Throttled | Self::Unavailable | Self::Timeout => false,
        }
    }

    /// What an operator can do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::Throttled => "wait; if it continues, ask AWS for a higher quota",
            Self::Denied => {
                "check the credentials and the policy (`sqs:ReceiveMessage`, `sqs:DeleteMessage`, `sqs:ChangeMessageVisibility`, `sqs:GetQueueUrl`, `sqs:GetQueueAttributes`)"
            }
            Self::Missing => "check the name, region and account of the queue, or create the queue",
            Self::Kms => "check the KMS key of the queue and its key policy",
            Self::Invalid => "check the name or URL of the queue, and the endpoint",
            Self::Unavailable => "check `aws.endpoint_url`, the region and the network",
            Self::Timeout => "check the network between this process and the endpoint",
        }
    }

    /// The kind of an error answer. Codes have two spellings: those of the JSON protocol and those
    /// of the older query protocol.
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>
    pub(super) fn from_answer(status: u16, code: &str) -> Self {
        const THROTTLED: &[&str] = &[
            "Throttl",
            "OverLimit",
            "TooManyRequests",
            "RequestLimit",
            // DynamoDB.
            "ThroughputExceeded",
        ];
        const MISSING: &[&str] = &["NonExistentQueue", "QueueDoesNotExist", "ResourceNotFound"];
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
            "InvalidSignature",
            "RequestExpired",
            "RequestTimeTooSkewed",
            "OptInRequired",
        ];
        const UNAVAILABLE: &[&str] =
            &["InternalFailure", "InternalError", "ServiceUnavailable", "ServiceFailure"];
        let contains = |words: &[&str]| words.iter().any(|word| code.contains(word));
        if status == 429 || contains(THROTTLED) {
            Self::Throttled
        } else if contains(MISSING) {
            Self::Missing
        } else if code.to_ascii_lowercase().contains("kms") {
            Self::Kms
        } else if is_no_answer_of_sqs(status) || contains(UNAVAILABLE) {
            Self::Unavailable
        } else if contains(DENIED) || status == 401 || status == 403 {
            Self::Denied
        } else {
            Self::Invalid
        }
    }
}

/// A failure of the service, or an answer of something between it and this process: a success that
/// is cut short or is HTML, a redirect, a timeout, a body that is too large for a proxy.
fn is_no_answer_of_sqs(status: u16) -> bool {
    !(400..500).contains(&status) || status == 408 || status == 413
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
            (400, "InternalFailure", FailureKind::Unavailable),
            (400, "InvalidSignatureException", FailureKind::Denied),
            (400, "RequestExpired", FailureKind::Denied),
            (200, "", FailureKind::Unavailable),
            (408, "", FailureKind::Unavailable),
            (413, "", FailureKind::Unavailable),
            (400, "InvalidAddress", FailureKind::Invalid),
            (400, "ProvisionedThroughputExceededException", FailureKind::Throttled),
            (400, "ResourceNotFoundException", FailureKind::Missing),
        ] {
            assert_eq!(FailureKind::from_answer(status, code), kind, "{status} {code}");
        }
    }
}
