//! From the SDK's errors to ours.

use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};

use crate::queue::{FailureKind, QueueError};

pub(super) fn failure<E>(action: &'static str, error: SdkError<E, HttpResponse>) -> QueueError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let code = error.code().map(str::to_owned);
    let kind = match &error {
        SdkError::TimeoutError(_) => FailureKind::Timeout,
        SdkError::DispatchFailure(dispatch) if dispatch.is_timeout() => FailureKind::Timeout,
        SdkError::DispatchFailure(dispatch) if dispatch.is_io() => FailureKind::Unavailable,
        // Nothing was sent: no credentials, no region, no usable endpoint.
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) => FailureKind::Denied,
        SdkError::ResponseError(_) => FailureKind::Unavailable,
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            FailureKind::of_answer(status, code.as_deref().unwrap_or_default())
        }
        _ => FailureKind::Unavailable,
    };
    QueueError { action, kind, code, source: Some(Box::new(error)) }
}

/// An answer that says success and is not what was asked for.
pub(super) fn unexpected(action: &'static str, what: &str) -> QueueError {
    QueueError { action, kind: FailureKind::Unavailable, code: None, source: Some(what.into()) }
}
