//! One request on the wire. The retries of the SDK are off, so a request is one attempt.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_sqs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sqs::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::RequestId;

use crate::format::bounded;
use crate::queue::failure::{FailureKind, Progress, QueueError};
use crate::trace;

/// Records whether a request was sent. A request without credentials, for example, is not.
#[derive(Debug, Clone, Default)]
pub(super) struct Attempt(Arc<AtomicBool>);

impl Attempt {
    /// The result of the request that has this attempt as its interceptor. The current span gets
    /// the request id.
    pub(super) fn conclude<T, E>(
        &self,
        action: &'static str,
        result: Result<T, SdkError<E, HttpResponse>>,
    ) -> Result<T, QueueError>
    where
        T: RequestId,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        trace::answered_by(match &result {
            Ok(answer) => answer.request_id(),
            Err(error) => error.request_id(),
        });
        result.map_err(|error| self.failure(action, error))
    }

    /// The failure of the request that has this attempt as its interceptor.
    pub(super) fn failure<E>(
        &self,
        action: &'static str,
        error: SdkError<E, HttpResponse>,
    ) -> QueueError
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let sent = self.0.load(Relaxed);
        let progress = match (error.raw_response(), sent) {
            (Some(_), _) => Progress::Answered,
            (None, true) => Progress::Unanswered,
            (None, false) => Progress::NotSent,
        };
        let code = error.code().map(|code| bounded(code.to_owned()));
        let failure = QueueError::new(action, kind(&error, sent)).with_progress(progress);
        QueueError { code, ..failure }.with_source(error)
    }
}

impl Intercept for Attempt {
    fn name(&self) -> &'static str {
        "longshore attempt"
    }

    fn read_before_transmit(
        &self,
        _context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.store(true, Relaxed);
        Ok(())
    }
}

fn kind<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>, sent: bool) -> FailureKind {
    match error {
        SdkError::ServiceError(answer) => {
            let status = answer.raw().status().as_u16();
            FailureKind::from_answer(status, error.code().unwrap_or_default())
        }
        SdkError::TimeoutError(_) => FailureKind::Timeout,
        SdkError::DispatchFailure(dispatch) if dispatch.is_timeout() => FailureKind::Timeout,
        // No credentials, no region, or no usable endpoint. A request that was sent has all three:
        // the SDK has the same error for a connection that was cut.
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) if !sent => {
            FailureKind::Denied
        }
        _ => FailureKind::Unavailable,
    }
}
