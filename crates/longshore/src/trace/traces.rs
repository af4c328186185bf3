//! The entry to traces: reads the context of a message, and makes the spans of handlers.

use super::batch_span::BatchSpan;
use super::config::{TraceContextUse, TracesConfig};
use super::payload_span::PayloadSpan;
use super::propagation::{Carrier, Propagation, TraceContext};
use super::span::{MessageTrace, ProcessSpan};

/// Reads and writes the contexts of messages, and makes the spans of handlers.
#[derive(Debug)]
pub struct Traces {
    propagation: Propagation,
    context: TraceContextUse,
}

impl Traces {
    /// With this configuration. The subscriber samples and exports.
    pub fn new(config: &TracesConfig) -> Self {
        Self { propagation: Propagation::new(&config.propagators), context: config.context }
    }

    /// The context of a message that was received just now.
    pub fn received(&self, message: &impl Carrier) -> MessageTrace {
        MessageTrace::new(self.propagation.origin(message))
    }

    /// Starts the span of a handler. Also returns the context that the handler passes on.
    pub fn process(
        &self,
        queue: &str,
        (message, id): (&impl Carrier, &str),
        receive_count: u32,
        trace: &MessageTrace,
    ) -> (ProcessSpan, TraceContext) {
        let span = ProcessSpan::new(queue, id, receive_count, trace, self.context);
        let passed_on = if span.place().is_valid() {
            self.propagation.pass_on(message, span.place())
        } else {
            self.propagation.pass_through(message)
        };
        (span, passed_on)
    }

    /// Starts the span of a request to S3 for the payload of a message.
    pub fn payload(
        &self,
        operation: &'static str,
        bucket: &str,
        key: &str,
        trace: &MessageTrace,
    ) -> PayloadSpan {
        PayloadSpan::new(operation, (bucket, key), trace, self.context)
    }

    /// Starts the span of a batch handler. Also returns the context that the handler passes on: that of
    /// the span, because the messages have different ones.
    pub fn process_batch<'a>(
        &self,
        queue: &str,
        messages: impl ExactSizeIterator<Item = (&'a str, &'a MessageTrace)>,
    ) -> (BatchSpan, TraceContext) {
        let span = BatchSpan::new(queue, messages);
        let passed_on = match span.place().is_valid() {
            true => self.propagation.written(span.place()),
            false => TraceContext::NONE,
        };
        (span, passed_on)
    }
}

impl Default for Traces {
    fn default() -> Self {
        Self::new(&TracesConfig::default())
    }
}
