//! One request on the wire. The retries of the SDK are off, so a request is one attempt.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_sqs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sqs::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::RequestId;

use super::credentials::RenewedCredentials;
use super::skew::Skew;
use crate::format::bounded;
use crate::queue::failure::{FailureKind, Progress, QueueError};
use crate::trace;

/// Records whether a request was sent. A request without credentials, for example, is not.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    sent: Arc<AtomicBool>,
    credentials: RenewedCredentials,
}

/// The reason of a refusal.
#[derive(Debug, thiserror::Error)]
#[error("the clock of this machine is {} s {} that of SQS", skew.by.as_secs(), if skew.is_behind { "behind" } else { "ahead of" })]
struct WrongClock {
    skew: Skew,
    source: Box<dyn Error + Send + Sync>,
}

/// What SQS answered, without the layers of the SDK around it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Answer(String);

const WRONG_CLOCK: &str =
    "synchronize the clock of this machine; until then, requests are signed with the time of SQS";

const WITHOUT_REGION: &str =
    "set `aws.region` or AWS_REGION, or give the queue by its URL or ARN, which have a region";

impl Attempt {
    pub(super) fn new(credentials: &RenewedCredentials) -> Self {
        Self { sent: Arc::default(), credentials: credentials.clone() }
    }

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
        trace::record_request_id(match &result {
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
        let sent = self.sent.load(Relaxed);
        let progress = match (error.raw_response(), sent) {
            (Some(_), _) => Progress::Answered,
            (None, true) => Progress::Unanswered,
            (None, false) => Progress::NotSent,
        };
        let kind = kind(&error, sent);
        let mut failure = QueueError::new(action, kind).with_progress(progress);
        failure.code = error.code().map(|code| bounded(code.to_owned()));
        failure.request_id = error.request_id().map(|id| bounded(id.to_owned()));
        let skew = match kind {
            FailureKind::Denied => self.refused(&error),
            _ => None,
        };
        match skew {
            Some(skew) => failure
                .with_source(WrongClock { skew, source: Box::new(error) })
                .with_advice(WRONG_CLOCK),
            None if !sent && is_without_region(&error) => {
                failure.with_source(error).with_advice(WITHOUT_REGION)
            }
            None => match error.message().filter(|message| !message.is_empty()) {
                Some(message) => failure.with_source(Answer(message.to_owned())),
                None => failure.with_source(error),
            },
        }
    }

    /// The next request has credentials that were read again. Returns the difference of the clocks,
    /// if that is the reason.
    fn refused<E: ProvideErrorMetadata>(&self, error: &SdkError<E, HttpResponse>) -> Option<Skew> {
        self.credentials.refused();
        let code = error.code().unwrap_or_default();
        let about_time = ["Signature", "RequestExpired", "RequestTimeTooSkewed"];
        let date = error.raw_response().and_then(|answer| answer.headers().get("date"));
        date.filter(|_| about_time.iter().any(|part| code.contains(part))).and_then(Skew::to)
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
        self.sent.store(true, Relaxed);
        Ok(())
    }
}

/// Whether the SDK had no region for the endpoint. It has no type for this error.
fn is_without_region(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("Missing Region") {
            return true;
        }
        cause = error.source();
    }
    false
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
