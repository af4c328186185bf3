//! The three spans. <https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/>
//!
//! A receive and a settle are calls of a client and concern up to ten messages; a process concerns one.
//! They are tied by links: a process to its sender and its receive, a settle to the processes it
//! concludes. None is started, in OpenTelemetry's sense, before its links are known, so that the sampler
//! sees them: a layer must not start spans when they are entered. Nor has any a parent but a sender.

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceId};
use tracing::{Span, field};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::TARGET;
use super::config::TraceContextUse;
use super::propagation::Origin;
use crate::telemetry::{Ending, LabelSet, ReceiveOutcome, Settling};

/// Messages that one request brought, or carried.
pub(super) const MESSAGE_COUNT: &str = "messaging.batch.message_count";
const MESSAGE_ID: &str = "messaging.message.id";
const ERROR_TYPE: &str = "error.type";

/// One message's places in traces: where it was sent, received, and handled.
#[derive(Debug, Clone, Default)]
pub struct MessageTrace(Option<Box<Places>>);

/// Boxed, for a message without any is moved about as often.
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
    /// Of a message that was received just now.
    pub(super) fn new(origin: Origin) -> Self {
        if !origin.span_context().is_valid() {
            return Self::default();
        }
        Self(Some(Box::new(Places { origin, ..Places::default() })))
    }

    /// The trace to look for, as 32 hexadecimal digits: that of its handling, else of its sending.
    pub fn id(&self) -> Option<String> {
        Some(self.place().trace_id()).filter(|id| *id != TraceId::INVALID).map(|id| id.to_string())
    }

    /// Where it is handled; before that, where it was sent.
    fn place(&self) -> SpanContext {
        match self.0.as_deref() {
            Some(places) if places.process.is_valid() => places.process.clone(),
            _ => self.sent(),
        }
    }

    fn sent(&self) -> SpanContext {
        self.0.as_deref().map_or(SpanContext::NONE, |places| places.origin.span_context())
    }

    fn received(&self) -> SpanContext {
        self.0.as_deref().map_or(SpanContext::NONE, |places| places.received.clone())
    }

    fn parent(&self) -> Option<&opentelemetry::Context> {
        self.0.as_deref()?.origin.context()
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

/// One receive, from its sending to its answer. Dropped before, it was abandoned.
#[derive(Debug)]
pub struct ReceiveSpan {
    span: Span,
    concluded: bool,
}

impl ReceiveSpan {
    /// A receive from this queue is about to be sent.
    pub fn new(queue: &str) -> Self {
        Self { span: request_span!("receive", "receive", queue), concluded: false }
    }

    /// For the request to run in.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// The answer brought these messages. Each learns where it was received.
    pub fn brought<'a>(
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

    /// There was no answer, or a refusal.
    pub fn failed(mut self, kind: &str, text: &str) {
        self.concluded = true;
        fail(&self.span, kind, text);
    }
}

impl Drop for ReceiveSpan {
    fn drop(&mut self) {
        if !self.concluded {
            fail(&self.span, ReceiveOutcome::Abandoned.as_str(), "cut off at the end of the grace");
        }
    }
}

/// The handling of one message.
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
        if let (TraceContextUse::Parent, Some(sender)) = (context, trace.parent())
            && let Err(error) = span.set_parent(sender.clone())
        {
            tracing::debug!(%error, "a message's trace has no parent");
        }
        span.add_link(trace.sent());
        span.add_link(trace.received());
        let place = place(&span);
        Self { span, place }
    }

    /// For the handler to run in.
    pub fn span(&self) -> &Span {
        &self.span
    }

    pub(super) fn place(&self) -> &SpanContext {
        &self.place
    }

    /// The handler ended so. Tells the message where it was handled.
    pub fn ended(self, ending: Ending, reason: &str, trace: &mut MessageTrace) {
        self.span.record("longshore.outcome", ending.as_str());
        if ending != Ending::Done {
            fail(&self.span, ending.as_str(), reason);
        }
        if self.place.is_valid() {
            trace.places().process = self.place;
        }
    }
}

/// One request that deletes messages or gives them back.
#[derive(Debug)]
pub struct SettleSpan(Span);

impl SettleSpan {
    /// Such a request to this queue is about to be sent.
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

    /// For the request to run in.
    pub fn span(&self) -> &Span {
        &self.0
    }

    /// There was no answer, or a refusal.
    pub fn failed(&self, kind: &str, text: &str) {
        fail(&self.0, kind, text);
    }
}

/// The current span's request goes there.
pub fn sent_to(queue_url: &str, server: Option<(&str, u16)>) {
    let span = Span::current();
    span.record("aws.sqs.queue.url", queue_url);
    if let Some((address, port)) = server {
        span.record("server.address", address);
        span.record("server.port", i64::from(port));
    }
}

/// The current span's request was answered under this id.
pub fn answered_by(request_id: Option<&str>) {
    if let Some(id) = request_id {
        Span::current().record("aws.request_id", id);
    }
}

/// OpenTelemetry's whole numbers have a sign; any other type would arrive as a text.
fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn fail(span: &Span, kind: &str, text: &str) {
    span.record(ERROR_TYPE, kind);
    span.record("otel.status_code", "ERROR");
    span.record("otel.status_description", text);
}

fn link(span: &Span, to: SpanContext, message_id: &str) {
    if to.is_valid() {
        let id = KeyValue::new(MESSAGE_ID, message_id.to_owned());
        span.add_link_with_attributes(to, vec![id]);
    }
}

/// Starts the span, if it is not, and says where it is.
fn place(span: &Span) -> SpanContext {
    span.context().span().span_context().clone()
}
