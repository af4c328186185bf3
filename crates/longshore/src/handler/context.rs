//! What a handler knows about the call that it runs in.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::batch::InBatch;
use crate::trace::TraceContext;

/// The call of a handler: its queue, its deadline, its trace, and whether it must stop.
#[derive(Debug, Clone)]
pub struct Context {
    queue: Arc<str>,
    deadline: Instant,
    stopping: CancellationToken,
    wind_down: Duration,
    queue_arn: Option<Arc<str>>,
    /// The batch that the message of this call waits for or is in.
    batch: Option<InBatch>,
    /// Shared, because contexts are cloned. `None` if there is no trace.
    trace: Option<Arc<TraceContext>>,
}

impl Context {
    /// A call with this deadline, which `stopping` interrupts.
    pub(crate) fn new(
        queue: Arc<str>,
        deadline: Instant,
        stopping: CancellationToken,
        wind_down: Duration,
    ) -> Self {
        Self { queue, deadline, stopping, wind_down, queue_arn: None, batch: None, trace: None }
    }

    /// The same call, with a trace context.
    pub(crate) fn with_trace(self, trace: TraceContext) -> Self {
        let trace = Some(trace).filter(|trace| *trace != TraceContext::NONE).map(Arc::new);
        Self { trace, ..self }
    }

    /// The same call, as one of a batch.
    pub(crate) fn in_batch(self, batch: InBatch) -> Self {
        Self { batch: Some(batch), ..self }
    }

    /// The batch that the message of this call is for.
    pub(crate) fn batch(&self) -> Option<&InBatch> {
        self.batch.as_ref()
    }

    /// The call for a batch with this message: with this deadline, interrupted by this token, and
    /// without a trace.
    pub(crate) fn for_batch(
        &self,
        deadline: Instant,
        stopping: CancellationToken,
        queue_arn: Option<Arc<str>>,
    ) -> Self {
        Self { deadline, stopping, queue_arn, batch: None, trace: None, ..self.clone() }
    }

    /// The ARN of the queue, once SQS has reported it. Only the context of a batch has it.
    pub fn queue_arn(&self) -> Option<&str> {
        self.queue_arn.as_deref()
    }

    /// The queue's name, as in metrics and logs.
    pub fn queue(&self) -> &str {
        &self.queue
    }

    /// When the handler times out.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Time until the deadline.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// The trace context for the services that the handler calls. If traces are exported, it names
    /// the span of this call, which is also the current span of `tracing`; otherwise it is the
    /// context of the message.
    pub fn trace(&self) -> &TraceContext {
        self.trace.as_deref().unwrap_or(&TraceContext::NONE)
    }

    /// Waits until the handler must end: its deadline has passed, the shutdown grace has ended, or
    /// the lease is lost. Cancel-safe.
    pub async fn stopping(&self) {
        self.stopping.cancelled().await;
    }

    /// Whether [`stopping`](Self::stopping) has completed.
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Time between [`stopping`](Self::stopping) and the drop of the handler's future.
    pub fn wind_down(&self) -> Duration {
        self.wind_down
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_context_of_a_batch_has_no_trace_of_a_message() {
        let (deadline, stopping) = (Instant::now(), CancellationToken::new());
        let xray = Some("Root=1-5759e988-bd862e3fe1be46a994272793".to_owned());
        let trace = TraceContext { xray, ..TraceContext::NONE };
        let message = Context::new("orders".into(), deadline, stopping.clone(), Duration::ZERO)
            .with_trace(trace.clone());
        assert_eq!(*message.trace(), trace);

        let batch = message.for_batch(deadline, stopping, Some("arn".into()));

        assert_eq!(*batch.trace(), TraceContext::NONE);
        assert_eq!((batch.queue(), batch.queue_arn()), ("orders", Some("arn")));
    }
}
