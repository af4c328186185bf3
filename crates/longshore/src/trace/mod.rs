//! What a message's way through the worker looks like as traces: three kinds of spans, in
//! OpenTelemetry's conventions for messaging, made with the `tracing` crate. Whoever subscribes gets
//! them; where nobody does they cost next to nothing.
//!
//! They stand apart from the log lines by their target, [`TARGET`], and are of level DEBUG: who logs at INFO is
//! not bothered, and a layer that makes traces of them asks for both.

mod config;
mod propagation;
#[cfg(feature = "otlp")]
mod sampler;
mod span;

pub use config::{Propagator, TraceContextUse, TraceSampler, TracesConfig};
pub use propagation::{Carrier, TraceContext};
pub use span::{MessageTrace, ProcessSpan, ReceiveSpan, SettleSpan, answered_by, sent_to};

#[cfg(feature = "otlp")]
pub(crate) use sampler::sampler;

use propagation::Propagation;

/// The target of every span.
pub const TARGET: &str = "longshore::trace";

/// How messages are traced: in which formats their contexts travel, and how handling refers to sending.
#[derive(Debug)]
pub struct Traces {
    propagation: Propagation,
    context: TraceContextUse,
}

impl Traces {
    /// As configured. Sampling and export are the subscriber's.
    pub fn new(config: &TracesConfig) -> Self {
        Self { propagation: Propagation::new(&config.propagators), context: config.context }
    }

    /// What a message that was received just now brought with it.
    pub fn of(&self, message: &impl Carrier) -> MessageTrace {
        MessageTrace::new(self.propagation.origin(message))
    }

    /// A message of this queue is about to be handled. Also returns what its handler passes on.
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
}

impl Default for Traces {
    fn default() -> Self {
        Self::new(&TracesConfig::default())
    }
}
