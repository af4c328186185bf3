//! The context of a handler under test.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::handler::Context;
use crate::trace::TraceContext;

/// The call of a handler without a worker. The test can interrupt it.
#[derive(Debug, Clone)]
pub struct TestContext {
    queue: Arc<str>,
    deadline: Instant,
    stopping: CancellationToken,
    wind_down: Duration,
    trace: TraceContext,
}

impl TestContext {
    /// A call for a message of this queue, with this timeout from now on the clock of tokio. An
    /// interrupted handler has 2 s to end.
    pub fn new(queue: &str, timeout: Duration) -> Self {
        Self {
            queue: queue.into(),
            deadline: Instant::now() + timeout,
            stopping: CancellationToken::new(),
            wind_down: Duration::from_secs(2),
            trace: TraceContext::NONE,
        }
    }

    /// Sets how long an interrupted handler has to end.
    #[must_use]
    pub fn wind_down(self, wind_down: Duration) -> Self {
        Self { wind_down, ..self }
    }

    /// Sets the trace context.
    #[must_use]
    pub fn trace(self, trace: TraceContext) -> Self {
        Self { trace, ..self }
    }

    /// The context for the handler.
    pub fn context(&self) -> Context {
        let stopping = self.stopping.clone();
        let context = Context::new(self.queue.clone(), self.deadline, stopping, self.wind_down);
        context.with_trace(self.trace.clone())
    }

    /// Interrupts the handler: [`Context::stopping`] completes.
    pub fn stop(&self) {
        self.stopping.cancel();
    }
}
