//! Counts every attempt on the wire. Whatever retries, here or in the SDK, no request that AWS may
//! bill stays unseen.

use std::sync::Arc;

use aws_sdk_sqs::config::interceptors::FinalizerInterceptorContextRef;
use aws_sdk_sqs::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_sqs::error::BoxError;

use crate::queue::FailureKind;
use crate::telemetry::{Action, ApiResult, QueueMetrics};

#[derive(Debug)]
pub(super) struct Accounting {
    metrics: Arc<QueueMetrics>,
}

impl Accounting {
    pub(super) fn new(metrics: Arc<QueueMetrics>) -> Self {
        Self { metrics }
    }
}

impl Intercept for Accounting {
    fn name(&self) -> &'static str {
        "longshore accounting"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(action) = action(context) else { return Ok(()) };
        let Some(result) = result(context) else { return Ok(()) };
        self.metrics.api_request(action, result);
        if context.response().is_some() {
            self.metrics.billed(action, 1);
        }
        Ok(())
    }
}

fn action(context: &FinalizerInterceptorContextRef<'_>) -> Option<Action> {
    match context.request()?.headers().get("x-amz-target")?.strip_prefix("AmazonSQS.")? {
        "ReceiveMessage" => Some(Action::Receive),
        "DeleteMessageBatch" => Some(Action::Delete),
        "ChangeMessageVisibilityBatch" => Some(Action::ChangeVisibility),
        "GetQueueAttributes" => Some(Action::GetAttributes),
        "GetQueueUrl" => Some(Action::GetUrl),
        _ => None,
    }
}

/// `None` for an attempt that never left the process, for want of credentials for example.
fn result(context: &FinalizerInterceptorContextRef<'_>) -> Option<ApiResult> {
    if let Some(answer) = context.response() {
        let status = answer.status();
        if status.is_success() {
            return Some(ApiResult::Ok);
        }
        let code = answer.body().bytes().and_then(error_code).unwrap_or_default();
        return Some(FailureKind::of_answer(status.as_u16(), &code).into());
    }
    let error = context.output_or_error()?.err()?;
    if error.is_timeout_error() {
        return Some(ApiResult::Timeout);
    }
    let connector = error.as_connector_error()?;
    Some(if connector.is_timeout() { ApiResult::Timeout } else { ApiResult::Unavailable })
}

fn error_code(body: &[u8]) -> Option<String> {
    let error: serde_json::Value = serde_json::from_slice(body).ok()?;
    Some(error.get("__type")?.as_str()?.to_owned())
}
