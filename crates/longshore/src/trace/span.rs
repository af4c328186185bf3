//! The three spans. Batch handlers have another one, in batch_span.rs. <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/>
//!
//! A receive and a settle are client requests for up to ten messages; a process span is for one
//! message. Links connect them: a process span to its sender and its receive, a settle to its
//! process spans. A span starts, in the sense of OpenTelemetry, when its links are known, so that
//! the sampler sees them. So a layer must not start spans when they are entered. Only a sender can
//! be a parent.

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceId};
use tracing::{Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::config::TraceContextUse;
use super::propagation::Origin;
use crate::format::bounded;
use crate::label::LabelSet;
use crate::outcome::{Ending, ReceiveOutcome, Settling};

/// The target of every span.
pub const TARGET: &str = "longshore::trace";

/// Messages of one request.
pub(super) const MESSAGE_COUNT: &str = "messaging.batch.message_count";
const MESSAGE_ID: &str = "messaging.message.id";
const ERROR_TYPE: &str = "error.type";

/// The spans of one message: where it was sent, received and handled.
#[derive(Debug, Clone, Default)]
pub struct MessageTrace(Option<Box<Places>>);

/// Boxed, because most messages have none.
#[derive(Debug, Clone)]
struct Places {
    origin: Origin,
    received: SpanContext,
    process: SpanContext,
}

impl Default for Places {
    fn default() -> Self {
        let nowhere = SpanContext::NONE;
        Self { origin: Origin::default(), received: nowhere.clone(), process: nowhere }
    }
}

impl MessageTrace {
    /// For a message that was received just now.
    pub(super) fn new(origin: Origin) -> Self {
        if !origin.span_context().is_valid() {
            return Self::default();
        }
        Self(Some(Box::new(Places { origin, ..Places::default() })))
    }

    /// The trace id as 32 hexadecimal digits: that of the handler, or that of the sender before it
    /// starts.
    pub fn id(&self) -> Option<String> {
        Some(self.place().trace_id()).filter(|id| *id != TraceId::INVALID).map(|id| id.to_string())
    }

    /// The span id as 16 hexadecimal digits: that of the handler, or that of the sender before it
    /// starts.
    pub fn span_id(&self) -> Option<String> {
        Some(self.place().span_id()).filter(|id| *id != SpanId::INVALID).map(|id| id.to_string())
    }

    /// The trace id, if the trace is sampled, so that a trace backend has it.
    pub fn sampled(&self) -> Option<TraceId> {
        Some(self.place()).filter(SpanContext::is_sampled).map(|place| place.trace_id())
    }

    /// The span of the handler, or that of the sender before it starts.
    fn place(&self) -> SpanContext {
        match self.0.as_deref() {
            Some(places) if places.process.is_valid() => places.process.clone(),
            _ => self.sent(),
        }
    }

    pub(super) fn sent(&self) -> SpanContext {
        self.0.as_deref().map_or(SpanContext::NONE, |places| places.origin.span_context())
    }

    pub(super) fn received(&self) -> SpanContext {
        self.0.as_deref().map_or(SpanContext::NONE, |places| places.received.clone())
    }

    /// The handler has this span. It is invalid if the call is not traced.
    pub fn handled_in(&mut self, span: &SpanContext) {
        if span.is_valid() {
            self.places().process = span.clone();
        }
    }

    fn parent(&self) -> Option<&opentelemetry::Context> {
        self.0.as_deref()?.origin.context()
    }

    /// Relates a span to the sender of the message and to its receive.
    pub(super) fn relate(&self, span: &Span, context: TraceContextUse) {
        if let (TraceContextUse::Parent, Some(sender)) = (context, self.parent())
            && let Err(error) = span.set_parent(sender.clone())
        {
            tracing::debug!(%error, "cannot set the parent of a span");
        }
        span.add_link(self.sent());
        span.add_link(self.received());
    }

    fn places(&mut self) -> &mut Places {
        self.0.get_or_insert_default()
    }
}

macro_rules! messaging_span {
    ($kind:literal, $operation:expr, $type:literal, $queue:expr, $($more:tt)*) => {
        tracing::debug_span!(
            target: TARGET,
            parent: None,
            $type,
            otel.name = %format_args!("{} {}", $operation, $queue),
            otel.kind = $kind,
            otel.status_code = field::Empty,
            otel.status_description = field::Empty,
            "messaging.system" = "aws_sqs",
            "messaging.operation.name" = $operation,
            "messaging.operation.type" = $type,
            "messaging.destination.name" = $queue,
            "error.type" = field::Empty,
            $($more)*
        )
    };
}

pub(super) use messaging_span;

macro_rules! request_span {
    ($operation:expr, $type:literal, $queue:expr) => {
        messaging_span!(
            "client",
            $operation,
            $type,
            $queue,
            "messaging.batch.message_count" = field::Empty,
            "aws.sqs.queue.url" = field::Empty,
            "aws.request_id" = field::Empty,
            "server.address" = field::Empty,
            "server.port" = field::Empty,
        )
    };
}

/// One receive, until its answer. Dropping it records that the receive was abandoned.
#[derive(Debug)]
pub struct ReceiveSpan {
    span: Span,
    concluded: bool,
}

impl ReceiveSpan {
    /// A receive is about to be sent.
    pub fn new(queue: &str) -> Self {
        Self { span: request_span!("receive", "receive", queue), concluded: false }
    }

    /// The span of the request.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// The answer has these messages. Each gets the span of its receive.
    pub fn returned<'a>(
        mut self,
        messages: impl ExactSizeIterator<Item = (&'a str, &'a mut MessageTrace)>,
    ) {
        self.concluded = true;
        if self.span.is_disabled() {
            return;
        }
        self.span.record(MESSAGE_COUNT, whole(messages.len()));
        let mut traces = Vec::with_capacity(messages.len());
        for (id, trace) in messages {
            link(&self.span, trace.sent(), id);
            traces.push(trace);
        }
        let received = place(&self.span);
        traces.into_iter().for_each(|trace| trace.places().received = received.clone());
    }

    /// The receive failed.
    pub fn failed(mut self, kind: &str, text: &str) {
        self.concluded = true;
        fail(&self.span, kind, text);
    }
}

impl Drop for ReceiveSpan {
    fn drop(&mut self) {
        if !self.concluded {
            fail(
                &self.span,
                ReceiveOutcome::Abandoned.as_str(),
                "dropped at the end of the shutdown grace",
            );
        }
    }
}

/// The call of a handler for one message.
#[derive(Debug)]
pub struct ProcessSpan {
    span: Span,
    place: SpanContext,
}

impl ProcessSpan {
    pub(super) fn new(
        queue: &str,
        message_id: &str,
        receive_count: u32,
        trace: &MessageTrace,
        context: TraceContextUse,
    ) -> Self {
        let span = messaging_span!(
            "consumer",
            "process",
            "process",
            queue,
            "messaging.message.id" = message_id,
            "longshore.receive_count" = i64::from(receive_count),
            "longshore.outcome" = field::Empty,
        );
        if span.is_disabled() {
            return Self { span, place: SpanContext::NONE };
        }
        trace.relate(&span, context);
        let place = place(&span);
        Self { span, place }
    }

    /// The span of the handler.
    pub fn span(&self) -> &Span {
        &self.span
    }

    pub(super) fn place(&self) -> &SpanContext {
        &self.place
    }

    /// The handler ended. The message gets the span of its handler.
    pub fn ended(self, ending: Ending, reason: &str, trace: &mut MessageTrace) {
        self.span.record("longshore.outcome", ending.as_str());
        if ending != Ending::Done {
            fail(&self.span, ending.as_str(), reason);
        }
        trace.handled_in(&self.place);
    }
}

/// One request that deletes messages or makes them visible.
#[derive(Debug)]
pub struct SettleSpan(Span);

impl SettleSpan {
    /// A request is about to be sent.
    pub fn new<'a>(
        queue: &str,
        action: Settling,
        messages: impl ExactSizeIterator<Item = (&'a str, &'a MessageTrace)>,
    ) -> Self {
        let span = request_span!(action.as_str(), "settle", queue);
        if !span.is_disabled() {
            span.record(MESSAGE_COUNT, whole(messages.len()));
            for (id, trace) in messages {
                link(&span, trace.place(), id);
            }
        }
        Self(span)
    }

    /// The span of the request.
    pub fn span(&self) -> &Span {
        &self.0
    }

    /// The request failed, or an entry was refused.
    pub fn failed(&self, kind: &str, text: &str) {
        fail(&self.0, kind, text);
    }
}

/// One request that sends a message to a dead-letter queue.
#[derive(Debug)]
pub struct SendSpan(Span);

impl SendSpan {
    /// A request to the queue with this ARN is about to be sent.
    pub fn new(arn: &str, message_id: &str, trace: &MessageTrace) -> Self {
        let name = arn.rsplit(':').next().unwrap_or(arn);
        let span = request_span!("send", "send", name);
        if !span.is_disabled() {
            span.record(MESSAGE_COUNT, 1);
            link(&span, trace.place(), message_id);
        }
        Self(span)
    }

    /// The span of the request.
    pub fn span(&self) -> &Span {
        &self.0
    }

    /// The request failed.
    pub fn failed(&self, kind: &str, text: &str) {
        fail(&self.0, kind, text);
    }
}

/// Records the destination of the current span's request.
pub fn record_destination(queue_url: &str, server: Option<(&str, u16)>) {
    let span = Span::current();
    span.record("aws.sqs.queue.url", queue_url);
    if let Some((address, port)) = server {
        span.record("server.address", address);
        span.record("server.port", i64::from(port));
    }
}

/// Records the request id of the current span's answer.
pub fn record_request_id(request_id: Option<&str>) {
    let span = Span::current();
    match request_id {
        Some(_) if span.is_disabled() => {}
        Some(id) if is_plain(id) => {
            span.record("aws.request_id", id);
        }
        Some(id) => {
            span.record("aws.request_id", bounded(id.to_owned()));
        }
        None => {}
    }
}

/// Whether an id is like those of AWS: hexadecimal digits and hyphens. It cannot contain a secret, and
/// the search for one would take a tenth of the CPU time of a worker.
fn is_plain(id: &str) -> bool {
    id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// The integers of OpenTelemetry are signed; another type would be exported as text.
pub(super) fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

pub(super) fn fail(span: &Span, kind: &str, text: &str) {
    span.record(ERROR_TYPE, kind);
    span.record("otel.status_code", "ERROR");
    span.record("otel.status_description", text);
}

pub(super) fn link(span: &Span, to: SpanContext, message_id: &str) {
    if to.is_valid() {
        let id = KeyValue::new(MESSAGE_ID, message_id.to_owned());
        span.add_link_with_attributes(to, vec![id]);
    }
}

/// Starts the span if it has not started, and returns its context.
pub(super) fn place(span: &Span) -> SpanContext {
    span.context().span().span_context().clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ids_of_aws_are_plain_and_what_can_be_secret_is_not() {
        assert!(is_plain("5fea7756-0ea4-451a-a703-a558b933e274"));
        assert!(!is_plain("AKIAIOSFODNN7EXAMPLE"));
        assert!(!is_plain("token=abcdef"));
        assert!(!is_plain(&"a".repeat(65)));
    }
}
