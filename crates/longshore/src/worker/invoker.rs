//! One call of the handler: its context, its deadline, its interruption, and its panic.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use super::disposition::Outcome;
use super::lease::Lease;
use super::stop::Stop;
use crate::handler::{AnyHandler, Context, Cut, Handler, InBatch, SharedCall, Verdict};
use crate::queue::Message;
use crate::trace::TraceContext;

/// Calls the handler of one queue.
pub(super) struct Invoker {
    pub(super) queue: Arc<str>,
    pub(super) handler: AnyHandler,
    /// Whether the handler gets several messages in one call.
    pub(super) has_batches: bool,
    /// How long a handler may take.
    pub(super) limit: Duration,
    /// How long an interrupted handler has to end.
    pub(super) wind_down: Duration,
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
        message: Message,
        lease: &mut Lease,
        trace: TraceContext,
        span: &Span,
    ) -> Option<Ended> {
        let stopping = CancellationToken::new();
        let batch = self.has_batches.then(|| InBatch::new(self.stop.token()));
        let context = self.context(trace, stopping.clone(), batch.clone());
        let (asked, asked_at, lost) = (Instant::now(), SystemTime::now(), lease.loss());
        if batch.is_none() {
            lease.leave_buffer();
        }
        let call = async { self.handler.handle(message, context).await }.instrument(span.clone());
        let mut call = std::pin::pin!(AssertUnwindSafe(call).catch_unwind());
        let deadline = async {
            let mut began = asked;
            if let Some(batch) = &batch {
                began = batch.begun().await.began();
                lease.leave_buffer();
            }
            sleep_until(began + self.limit).await;
        };
        let end = tokio::select! {
            biased;
            end = &mut call => Ok(end),
            () = deadline => Err(Cut::TimedOut),
            () = self.stop.hurried() => Err(Cut::Stopped),
            () = lost.cancelled() => Err(Cut::LeaseLost),
        };
        let shared = match &batch {
            Some(batch) => Some(batch.call()?.clone()),
            None => None,
        };
        lease.leave_buffer();
        let outcome = match end {
            Ok(end) => outcome(end, shared.as_ref().and_then(SharedCall::was_cut), false),
            Err(cut) => {
                if let Some(shared) = &shared {
                    shared.cut(cut);
                }
                stopping.cancel();
                match timeout(self.wind_down, call).await {
                    Ok(end) => outcome(end, Some(cut), true),
                    Err(_elapsed) => interrupted(cut),
                }
            }
        };
        let began = shared.as_ref().map_or(asked, SharedCall::began);
        Some(Ended { outcome, began, began_at: asked_at + (began - asked), shared })
    }

    /// What the handler knows about a call that begins now.
    fn context(
        &self,
        trace: TraceContext,
        stopping: CancellationToken,
        batch: Option<InBatch>,
    ) -> Context {
        let deadline = Instant::now() + self.limit;
        let context = Context::new(self.queue.clone(), deadline, stopping, self.wind_down);
        context.with_trace(trace).in_batch(batch)
    }
}

/// The outcome of a call that was cut, or not. `own` is whether this message was the reason. An
/// interrupted handler can still reach a final verdict.
fn outcome(end: thread::Result<Verdict>, cut: Option<Cut>, own: bool) -> Outcome {
    match (end, cut) {
        (Err(_panic), _) => Outcome::Panicked,
        (Ok(verdict @ (Verdict::Done | Verdict::Reject { .. })), _) => verdict.into(),
        (Ok(verdict), None) => verdict.into(),
        (Ok(_), Some(Cut::LeaseLost)) if !own => Outcome::Retry {
            after: None,
            reason: "its call ended early, because the lease of another message was lost"
                .to_owned(),
        },
        (Ok(_), Some(cut)) => interrupted(cut),
    }
}

fn interrupted(cut: Cut) -> Outcome {
    match cut {
        Cut::TimedOut => Outcome::TimedOut,
        Cut::Stopped => Outcome::Interrupted,
        Cut::LeaseLost => Outcome::LeaseLost,
    }
}
