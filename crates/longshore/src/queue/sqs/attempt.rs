//! One request and its place in the books. The SDK's retries are off, so a request is one attempt on
//! the wire; however it ends, also by nobody waiting for it any more, it is counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use aws_sdk_sqs::config::http::HttpResponse;
use aws_sdk_sqs::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_sqs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sqs::error::{BoxError, ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::RequestId;

use super::classify::kind;
use crate::queue::QueueError;
use crate::telemetry::{Action, ApiResult, QueueMetrics};
use crate::trace;

/// An attempt that is not counted yet. Dropped, it counts as one that was given up, if it had left.
pub(super) struct Attempt<'a> {
    action: Action,
    metrics: &'a QueueMetrics,
    departure: Departure,
    counted: bool,
}

impl<'a> Attempt<'a> {
    pub(super) fn new(action: Action, metrics: &'a QueueMetrics) -> Self {
        Self { action, metrics, departure: Departure::default(), counted: false }
    }

    /// For the request: tells whether it left the process.
    pub(super) fn departure(&self) -> Departure {
        self.departure.clone()
    }

    /// Waits for the answer and counts it. What is cut off here is counted too.
    pub(super) async fn outcome<T, E>(
        mut self,
        answer: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, QueueError>
    where
        T: RequestId,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let answer = answer.await;
        // Asking for the URL is part of some other request's span.
        if self.action != Action::GetUrl {
            trace::answered_by(match &answer {
                Ok(answer) => answer.request_id(),
                Err(error) => error.request_id(),
            });
        }
        let answered =
            answer.as_ref().map_or_else(|error| error.raw_response().is_some(), |_| true);
        if answered {
            self.metrics.billed(self.action, 1);
        }
        let sent = self.departure.has_left();
        let answer = answer.map_err(|error| QueueError {
            action: name(self.action),
            kind: kind(&error, sent),
            code: error.code().map(str::to_owned),
            source: Some(Box::new(error)),
        });
        self.count(answer.as_ref().map_or_else(|error| error.kind.into(), |_| ApiResult::Ok));
        answer
    }

    fn count(&mut self, result: ApiResult) {
        let uncounted = !std::mem::replace(&mut self.counted, true);
        if uncounted && self.departure.has_left() {
            self.metrics.api_request(self.action, result);
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        self.count(ApiResult::Timeout);
    }
}

/// Whether a request has left the process: one that finds no credentials never does.
#[derive(Debug, Clone, Default)]
pub(super) struct Departure(Arc<AtomicBool>);

impl Departure {
    pub(super) fn has_left(&self) -> bool {
        self.0.load(Relaxed)
    }
}

impl Intercept for Departure {
    fn name(&self) -> &'static str {
        "longshore departure"
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

/// The call, in SQS's words.
fn name(action: Action) -> &'static str {
    match action {
        Action::Receive => "ReceiveMessage",
        Action::Delete => "DeleteMessageBatch",
        Action::ChangeVisibility => "ChangeMessageVisibilityBatch",
        Action::GetAttributes => "GetQueueAttributes",
        Action::GetUrl => "GetQueueUrl",
    }
}
