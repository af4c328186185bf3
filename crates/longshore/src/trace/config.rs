//! How messages are traced.

/// Which traces are recorded, and how a message's processing refers to its sender.
#[derive(Debug, Clone, PartialEq)]
pub struct TracesConfig {
    /// Which traces are recorded.
    pub sampler: TraceSampler,
    /// The share of traces that a sampler by ratio records, 0 to 1.
    pub sampler_arg: f64,
    /// How a message's processing refers to its sender.
    pub context: TraceContextUse,
    /// In which formats a message may bring a context, best first, and in which it is passed on.
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

/// OpenTelemetry's samplers. Those that go by a parent go by the context that a message brings also
/// where that is linked to and no parent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TraceSampler {
    /// Every trace.
    AlwaysOn,
    /// None.
    AlwaysOff,
    /// A share of them, by trace id.
    Ratio,
    /// As the sender decided; every trace where none did.
    ParentOrAlwaysOn,
    /// As the sender decided; none where none did.
    ParentOrAlwaysOff,
    /// As the sender decided; a share of them where none did.
    #[default]
    ParentOrRatio,
}

/// How a message's processing refers to the context that the message brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TraceContextUse {
    /// By a link: each processing is a trace of its own.
    #[default]
    Link,
    /// As its parent, and by a link: processing is part of the sender's trace.
    Parent,
}

/// A format in which a context travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagator {
    /// W3C's `traceparent` and `tracestate`. <https://www.w3.org/TR/trace-context/>
    TraceContext,
    /// W3C's `baggage`. <https://www.w3.org/TR/baggage/>
    Baggage,
    /// AWS X-Ray's header, which SQS carries as `AWSTraceHeader`.
    /// <https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader>
    Xray,
}
