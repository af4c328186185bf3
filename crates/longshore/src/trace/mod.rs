//! Traces of messages: three kinds of spans in the messaging conventions of OpenTelemetry, made
//! with the `tracing` crate. Without a subscriber they cost almost nothing.
//!
//! The spans have the target [`TARGET`] and the level DEBUG. A log at level INFO does not contain
//! them; a layer that exports them must ask for both.

mod batch_span;
mod config;
mod payload_span;
mod propagation;
#[cfg(feature = "otlp")]
mod sampler;
mod span;
mod traces;

pub use batch_span::BatchSpan;
pub use config::{Propagator, TraceContextUse, TraceSampler, TracesConfig};
pub use payload_span::PayloadSpan;
pub use propagation::{Carrier, TraceContext};
pub use span::{
    MessageTrace, ProcessSpan, ReceiveSpan, SendSpan, SettleSpan, TARGET, record_destination,
    record_request_id,
};
pub use traces::Traces;

#[cfg(feature = "otlp")]
pub(crate) use sampler::sampler;
