//! The span of a batch handler: one for the call, with links to its messages.

use opentelemetry::trace::SpanContext;
use tracing::{Span, field};

use super::span::{MESSAGE_COUNT, MessageTrace, TARGET, fail, link, messaging_span, place, whole};

/// One call of a batch handler. A span that is dropped without an end has no outcome.
#[derive(Debug)]
pub struct BatchSpan {
    span: Span,
    place: SpanContext,
}

impl BatchSpan {
    /// The call with these messages begins.
    pub(super) fn new<'a>(
        queue: &str,
        messages: impl ExactSizeIterator<Item = (&'a str, &'a MessageTrace)>,
    ) -> Self {
        let span = messaging_span!(
            "consumer",
            "process",
            "process",
            queue,
            "messaging.batch.message_count" = field::Empty,
            "longshore.messages_done" = field::Empty,
        );
        if span.is_disabled() {
            return Self { span, place: SpanContext::NONE };
        }
        span.record(MESSAGE_COUNT, whole(messages.len()));
        for (id, trace) in messages {
            link(&span, trace.sent(), id);
            link(&span, trace.received(), id);
        }
        let place = place(&span);
        Self { span, place }
    }

    /// The span of the handler.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Where the call is in its trace; invalid if it is not traced.
    pub fn place(&self) -> &SpanContext {
        &self.place
    }

    /// The handler ended. `failed` is the ending of the first message that was not processed, and its
    /// reason.
    pub fn ended(self, done: usize, failed: Option<(&str, &str)>) {
        self.span.record("longshore.messages_done", whole(done));
        if let Some((ending, reason)) = failed {
            fail(&self.span, ending, reason);
        }
    }
}
