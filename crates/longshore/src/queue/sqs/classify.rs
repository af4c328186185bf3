//! From the SDK's errors to kinds of failure.

use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};

use crate::queue::{FailureKind, QueueError};

/// The kind of a request's failure, by whether the request left the process.
pub(super) fn kind<E>(error: &SdkError<E, HttpResponse>, sent: bool) -> FailureKind
where
    E: ProvideErrorMetadata,
{
    match error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            FailureKind::of_answer(status, error.code().unwrap_or_default())
        }
        SdkError::TimeoutError(_) => FailureKind::Timeout,
        SdkError::DispatchFailure(dispatch) if dispatch.is_timeout() => FailureKind::Timeout,
        // No credentials, no region, no usable endpoint. On its way, a request meets no such thing: the
        // SDK calls a connection that was cut "other", too.
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) if !sent => {
            FailureKind::Denied
        }
        _ => FailureKind::Unavailable,
    }
}

/// An answer that says success and is not what was asked for.
pub(super) fn unexpected(action: &'static str, what: &str) -> QueueError {
    QueueError { action, kind: FailureKind::Unavailable, code: None, source: Some(what.into()) }
}
