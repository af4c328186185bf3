//! The configuration of traces.

/// Which traces are recorded, and how the span of a handler refers to the sender of its message.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TracesConfig {
    /// Which traces are recorded. Default: [`TraceSampler::ParentOrRatio`].
    pub sampler: TraceSampler,
    /// The share of traces that a ratio sampler records, 0 to 1. Default: 1.
    pub sampler_arg: f64,
    /// How the span of a handler refers to the sender. Default: [`TraceContextUse::Link`].
    pub context: TraceContextUse,
    /// The formats of a message's context, by precedence, and of the context for the handler.
    /// Default: all.
    pub propagators: Vec<Propagator>,
}

impl Default for TracesConfig {
    fn default() -> Self {
        Self {
            sampler: TraceSampler::default(),
            sampler_arg: 1.0,
            context: TraceContextUse::default(),
            propagators: vec![Propagator::TraceContext, Propagator::Baggage, Propagator::Xray],
        }
    }
}

/// The samplers of OpenTelemetry. Parent-based samplers also use the context of a message that is
/// only linked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceSampler {
    /// Every trace.
    AlwaysOn,
    /// No trace.
    AlwaysOff,
    /// A share of traces, by trace id.
    Ratio,
    /// As the sender decided; every trace if it did not.
    ParentOrAlwaysOn,
    /// As the sender decided; no trace if it did not.
    ParentOrAlwaysOff,
    /// As the sender decided; a share of traces if it did not.
    #[default]
    ParentOrRatio,
}

/// How the span of a handler refers to the context of its message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceContextUse {
    /// By a link: each handler call has its own trace.
    #[default]
    Link,
    /// As its parent and by a link: the handler call is in the trace of the sender.
    Parent,
}

/// A format of a context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Propagator {
    /// W3C's `traceparent` and `tracestate`. <https://www.w3.org/TR/trace-context/>
    TraceContext,
    /// W3C's `baggage`. <https://www.w3.org/TR/baggage/>
    Baggage,
    /// The header of AWS X-Ray, which SQS stores as `AWSTraceHeader`.
    /// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>
    Xray,
}
