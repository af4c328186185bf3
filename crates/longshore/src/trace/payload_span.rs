//! The span of a request to S3. <https://opentelemetry.io/docs/specs/semconv/object-stores/s3/>

use tracing::{Span, field};

use super::config::TraceContextUse;
use super::span::{MessageTrace, TARGET, fail};
use crate::label::LabelSet;

/// A read or a delete of one payload, with its repetitions.
#[derive(Debug)]
pub struct PayloadSpan(Span);

impl PayloadSpan {
    pub(super) fn new(
        operation: &'static str,
        (bucket, key): (&str, &str),
        trace: &MessageTrace,
        context: TraceContextUse,
    ) -> Self {
        let span = tracing::debug_span!(
            target: TARGET,
            parent: None,
            "payload",
            otel.name = %format_args!("S3/{operation}"),
            otel.kind = "client",
            otel.status_code = field::Empty,
            otel.status_description = field::Empty,
            "rpc.system" = "aws-api",
            "rpc.service" = "S3",
            "rpc.method" = operation,
            "aws.s3.bucket" = bucket,
            "aws.s3.key" = key,
            "aws.request_id" = field::Empty,
            "error.type" = field::Empty,
        );
        if !span.is_disabled() {
            trace.relate(&span, context);
        }
        Self(span)
    }

    /// The span of the request.
    pub fn span(&self) -> &Span {
        &self.0
    }

    /// The request failed.
    pub fn failed(&self, result: impl LabelSet, text: &str) {
        fail(&self.0, result.as_str(), text);
    }
}
