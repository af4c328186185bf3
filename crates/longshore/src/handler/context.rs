//! What a handler may know of its surroundings while it works on one message.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::trace::TraceContext;

/// The surroundings of one call of a handler.
#[derive(Debug, Clone)]
pub struct Context {
    queue: Arc<str>,
    deadline: Instant,
    stopping: CancellationToken,
    wind_down: Duration,
    /// Shared, and `None` where there is none: most contexts are copied, and most have none.
    trace: Option<Arc<TraceContext>>,
}

impl Context {
    /// For the worker, and for tests of handlers.
    pub fn new(
        queue: Arc<str>,
        deadline: Instant,
        stopping: CancellationToken,
        wind_down: Duration,
    ) -> Self {
        Self { queue, deadline, stopping, wind_down, trace: None }
    }

    /// The same, with a place in a trace.
    pub fn with_trace(self, trace: TraceContext) -> Self {
        let trace = Some(trace).filter(|trace| *trace != TraceContext::NONE).map(Arc::new);
        Self { trace, ..self }
    }

    /// The queue's name, as in the configuration and the metrics.
    pub fn queue(&self) -> &str {
        &self.queue
    }

    /// When the handler's time is up.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Time left to the deadline.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// What to pass on to whoever is called for this message, so that their part is found in the same
    /// trace. Where traces are exported it names the span of this call, which is also the current span of
    /// `tracing`; elsewhere it is what the message brought.
    pub fn trace(&self) -> &TraceContext {
        self.trace.as_deref().unwrap_or(&TraceContext::NONE)
    }

    /// Waits until the handler should come to an end: its deadline has passed, the shutdown's grace is
    /// over, or the message is no longer ours. Cancel-safe.
    pub async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    /// Whether [`stopping`](Self::stopping) has come.
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Time between [`stopping`](Self::stopping) and the moment the handler's future is dropped.
    pub fn wind_down(&self) -> Duration {
        self.wind_down
    }
}
