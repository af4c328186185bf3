//! One call of a batch handler, as the calls of its messages see it.

use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use opentelemetry::trace::SpanContext;
use tokio::sync::SetOnce;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::trace::{MessageTrace, Traces};

/// A call of a batch handler that has begun. Its messages share it.
#[derive(Debug, Clone)]
pub(crate) struct SharedCall(Arc<State>);

#[derive(Debug)]
struct State {
    began: Instant,
    /// Where it is in its trace.
    place: SpanContext,
    /// The kinds of ends that its messages have had.
    signals: AtomicU8,
    cut: OnceLock<Cut>,
}

/// Why a call was interrupted. What interrupts the call of one message interrupts it for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The deadline has passed.
    TimedOut,
    /// The grace of a shutdown has ended.
    Stopped,
    /// The lease of a message was lost.
    LeaseLost,
}

/// The message of one call, which waits for its batch, then is in the call of it.
#[derive(Debug, Clone)]
pub(crate) struct InBatch {
    call: Arc<SetOnce<SharedCall>>,
    closing: CancellationToken,
    trace: MessageTrace,
    traces: Arc<Traces>,
}

impl SharedCall {
    pub(crate) fn begin(place: SpanContext) -> Self {
        let (signals, cut) = (AtomicU8::new(0), OnceLock::new());
        Self(Arc::new(State { began: Instant::now(), place, signals, cut }))
    }

    pub(crate) fn place(&self) -> &SpanContext {
        &self.0.place
    }

    pub(crate) fn began(&self) -> Instant {
        self.0.began
    }

    /// The call is to end early. Returns the first reason.
    pub(crate) fn cut(&self, why: Cut) -> Cut {
        *self.0.cut.get_or_init(|| why)
    }

    /// Why the call was to end early; `None` if it was not.
    pub(crate) fn was_cut(&self) -> Option<Cut> {
        self.0.cut.get().copied()
    }

    /// Whether this is the first message of the call that ended with this signal. One call says one
    /// thing about the application, however many messages it had. `signal` is less than 8.
    pub(crate) fn is_first(&self, signal: u8) -> bool {
        let bit = 1 << signal;
        self.0.signals.fetch_or(bit, Relaxed) & bit == 0
    }
}

impl InBatch {
    /// No batch waits for its window after `closing`.
    pub(crate) fn new(
        closing: CancellationToken,
        trace: MessageTrace,
        traces: Arc<Traces>,
    ) -> Self {
        Self { call: Arc::default(), closing, trace, traces }
    }

    /// The trace of the message.
    pub(crate) fn trace(&self) -> &MessageTrace {
        &self.trace
    }

    /// Makes the span of the call.
    pub(crate) fn traces(&self) -> &Arc<Traces> {
        &self.traces
    }

    /// The message is in this call. It is in one call only.
    pub(crate) fn join(&self, call: &SharedCall) {
        self.call.set(call.clone()).ok();
    }

    /// Waits until the call with this message begins. Cancel-safe.
    pub(crate) async fn begun(&self) -> &SharedCall {
        self.call.wait().await
    }

    /// The call with this message; `None` if it has not begun.
    pub(crate) fn call(&self) -> Option<&SharedCall> {
        self.call.get()
    }

    pub(crate) fn closing(&self) -> &CancellationToken {
        &self.closing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signal_of_a_call_is_first_once() {
        let (call, other) =
            (SharedCall::begin(SpanContext::NONE), SharedCall::begin(SpanContext::NONE));
        assert_eq!([call.is_first(1), call.is_first(1), call.is_first(0)], [true, false, true]);
        assert!(other.is_first(1));
    }

    #[test]
    fn the_first_reason_to_cut_a_call_counts() {
        let call = SharedCall::begin(SpanContext::NONE);
        assert_eq!(call.was_cut(), None);
        assert_eq!(call.cut(Cut::TimedOut), Cut::TimedOut);
        assert_eq!(call.cut(Cut::LeaseLost), Cut::TimedOut);
        assert_eq!(call.was_cut(), Some(Cut::TimedOut));
    }
}
