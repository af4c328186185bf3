//! One call of the handler: its context, its deadline, its interruption, and its panic.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::disposition::Outcome;
use super::lease::Lease;
use super::routing::{Action, Routing};
use super::stop::Stop;
use crate::handler::{AnyHandler, Context, Cut, Handler, InBatch, SharedCall, Verdict};
use crate::queue::Message;
use crate::trace::Traces;

/// Calls the handler of one queue.
pub(super) struct Invoker {
    pub(super) queue: Arc<str>,
    pub(super) routing: Arc<Routing>,
    /// How long a handler may take.
    pub(super) limit: Duration,
    /// How long an interrupted handler has to end.
    pub(super) wind_down: Duration,
    pub(super) traces: Arc<Traces>,
    pub(super) stop: Stop,
}

/// How a call ended.
pub(super) struct Ended {
    pub(super) outcome: Outcome,
    pub(super) began: Instant,
    /// The same by the clock of this machine.
    pub(super) began_at: SystemTime,
    /// The call of the batch handler, if it was one.
    pub(super) shared: Option<SharedCall>,
}

impl Invoker {
    /// Calls the handler. `None` if it was not called: the message waited for its batch when the grace
    /// ended or its lease was lost, or an earlier message of its group failed.
    pub(super) async fn invoke(
        &self,
        message: &Message,
        route: usize,
        lease: &mut Lease,
    ) -> Option<Ended> {
        match self.routing.action(route) {
            Action::Single(handler) => Some(self.invoke_alone(handler, message, lease).await),
            Action::Batch(handler) => self.invoke_in_batch(handler, message, lease).await,
        }
    }

    async fn invoke_alone(
        &self,
        handler: &AnyHandler,
        message: &Message,
        lease: &mut Lease,
    ) -> Ended {
        let (span, trace) = self.traces.process(
            &self.queue,
            (message, &message.id),
            message.receive_count,
            &lease.trace,
        );
        let (began, began_at) = (Instant::now(), SystemTime::now());
        let stopping = CancellationToken::new();
        let context = self.context(began, stopping.clone()).with_trace(trace);
        lease.leave_buffer();
        let call = handler.handle(message.clone(), context).instrument(span.span().clone());
        let mut call = std::pin::pin!(AssertUnwindSafe(call).catch_unwind());
        let cut = tokio::select! {
            biased;
            end = &mut call => Err(end),
            () = sleep_until(began + self.limit) => Ok(Cut::TimedOut),
            () = self.stop.hurried() => Ok(Cut::Stopped),
            () = lease.lost() => Ok(Cut::LeaseLost),
        };
        let outcome = match cut {
            Err(end) => outcome(end, None),
            Ok(cut) => self.wind_down(call, &stopping, cut).await,
        };
        let shown = if lease.is_lost() { &Outcome::LeaseLost } else { &outcome };
        span.ended(shown.ending(), shown.reason(), &mut lease.trace);
        Ended { outcome, began, began_at, shared: None }
    }

    /// The span, the deadline and the beginning are those of the call with all messages of the batch.
    async fn invoke_in_batch(
        &self,
        handler: &AnyHandler,
        message: &Message,
        lease: &mut Lease,
    ) -> Option<Ended> {
        let (asked, asked_at, lost) = (Instant::now(), SystemTime::now(), lease.loss());
        let stopping = CancellationToken::new();
        let batch = InBatch::new(self.stop.token(), lease.trace.clone(), self.traces.clone());
        let context = self.context(asked, stopping.clone()).in_batch(batch.clone());
        let call = handler.handle(message.clone(), context);
        let mut call = std::pin::pin!(AssertUnwindSafe(call).catch_unwind());
        let deadline = async {
            let began = batch.begun().await.began();
            lease.leave_buffer();
            sleep_until(began + self.limit).await;
        };
        let cut = tokio::select! {
            biased;
            end = &mut call => Err(end),
            () = deadline => Ok(Cut::TimedOut),
            () = self.stop.hurried() => Ok(Cut::Stopped),
            () = lost.cancelled() => Ok(Cut::LeaseLost),
        };
        let shared = batch.call()?.clone();
        lease.leave_buffer();
        let outcome = match cut {
            Err(end) => outcome(end, shared.was_cut().map(by_another)),
            Ok(cut) => {
                shared.cut(cut);
                self.wind_down(call, &stopping, cut).await
            }
        };
        lease.trace.handled_in(shared.place());
        let began = shared.began();
        Some(Ended { outcome, began, began_at: asked_at + (began - asked), shared: Some(shared) })
    }

    /// Interrupts a call, and waits for its end.
    async fn wind_down(
        &self,
        call: impl Future<Output = thread::Result<Verdict>>,
        stopping: &CancellationToken,
        cut: Cut,
    ) -> Outcome {
        stopping.cancel();
        match timeout(self.wind_down, call).await {
            Ok(end) => outcome(end, Some(cut.into())),
            Err(_elapsed) => cut.into(),
        }
    }

    /// What the handler knows about a call that begins now.
    fn context(&self, now: Instant, stopping: CancellationToken) -> Context {
        Context::new(self.queue.clone(), now + self.limit, stopping, self.wind_down)
    }
}

/// The outcome of a call; `interruption` if it was cut, unless its handler reached a final verdict.
fn outcome(end: thread::Result<Verdict>, interruption: Option<Outcome>) -> Outcome {
    match (end, interruption) {
        (Err(_panic), _) => Outcome::Panicked,
        (Ok(verdict @ (Verdict::Done | Verdict::Reject { .. })), _) => verdict.into(),
        (Ok(verdict), None) => verdict.into(),
        (Ok(_), Some(interruption)) => interruption,
    }
}

/// What follows for a message from a call that was cut because of another message.
fn by_another(cut: Cut) -> Outcome {
    match cut {
        Cut::TimedOut | Cut::Stopped => cut.into(),
        Cut::LeaseLost => Outcome::Retry {
            after: None,
            reason: "its call ended early, because the lease of another message was lost"
                .to_owned(),
        },
    }
}
