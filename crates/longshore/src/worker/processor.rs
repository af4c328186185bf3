//! One message, from its lease to its outcome: timeout, panic guard, interruption.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, Span};

use super::backlog::Backlog;
use super::disposition::{Disposition, Outcome, Policy, Settle};
use super::fault_log::FaultLog;
use super::lease::{Lease, SilentLease};
use super::pause::{Pause, Probe};
use super::settler::SettleSender;
use super::slots::Slot;
use super::stop::Stop;
use crate::handler::{AnyHandler, Context, Handler, Verdict};
use crate::label::LabelSet;
use crate::outcome::Ending;
use crate::queue::{Delivery, Message};
use crate::slo::{Objectives, Slo};
use crate::telemetry::QueueMetrics;
use crate::trace::{TraceContext, Traces};

/// The settings and state that all messages of a queue share.
pub(super) struct Processor {
    pub(super) queue: Arc<str>,
    pub(super) handler: AnyHandler,
    /// How long a handler may take.
    pub(super) limit: Duration,
    /// How long an interrupted handler has to end.
    pub(super) wind_down: Duration,
    pub(super) policy: Policy,
    pub(super) objectives: Objectives,
    pub(super) backlog: Arc<Backlog>,
    pub(super) metrics: Arc<QueueMetrics>,
    pub(super) traces: Arc<Traces>,
    pub(super) faults: Arc<FaultLog>,
    pub(super) pause: Arc<Pause>,
    pub(super) stop: Stop,
}

impl Processor {
    /// Runs the handler, then hands the lease to the settler. Holds the slot until then.
    pub(super) async fn process(
        self: Arc<Self>,
        message: Message,
        mut lease: Lease,
        slot: Slot,
        probe: Option<Probe>,
        settler: SettleSender,
    ) {
        lease.leave_buffer();
        self.observe_start(&message);
        let receives = self.backlog.receives(message.receive_count);
        let (span, trace) =
            self.traces.process(&self.queue, (&message, &message.id), receives.count, &lease.trace);
        let started = Instant::now();
        let mut outcome = self.invoke(message, &lease, trace, span.span()).await;
        let ran = started.elapsed();
        self.observe_end(outcome.ending(), ran);
        let mut lease = lease.silence().await;
        let mut disposition = outcome.disposition(receives, &self.policy);
        if lease.is_lost() {
            // That changes what is sent to SQS, not how the handler ended.
            disposition = Disposition { fate: disposition.fate, ..Disposition::LOST };
            outcome = Outcome::LeaseLost;
        }
        span.ended(outcome.ending(), outcome.reason(), lease.trace_mut());
        self.update_pause(&outcome);
        let deleted = disposition.settle == Some(Settle::Delete);
        self.log(&outcome, &lease, receives.count, ran);
        self.faults.message(&outcome, &lease, receives.count, deleted);
        drop(probe);
        settler.settle(lease, disposition).await;
        drop(slot);
    }

    async fn invoke(
        &self,
        message: Message,
        lease: &Lease,
        trace: TraceContext,
        span: &Span,
    ) -> Outcome {
        let deadline = Instant::now() + self.limit;
        let stopping = CancellationToken::new();
        let context = Context::new(self.queue.clone(), deadline, stopping.clone(), self.wind_down);
        let context = context.with_trace(trace);
        let call = async { self.handler.handle(message, context).await }.instrument(span.clone());
        let mut call = std::pin::pin!(AssertUnwindSafe(call).catch_unwind());
        let interruption = tokio::select! {
            biased;
            ended = &mut call => return ended.map_or(Outcome::Panicked, Outcome::from),
            () = sleep_until(deadline) => Outcome::TimedOut,
            () = self.stop.hurried() => Outcome::Interrupted,
            () = lease.lost() => Outcome::LeaseLost,
        };
        stopping.cancel();
        match timeout(self.wind_down, call).await {
            Ok(Err(_panic)) => Outcome::Panicked,
            // The interrupted handler reached a final verdict in time.
            Ok(Ok(verdict @ (Verdict::Done | Verdict::Reject { .. }))) => verdict.into(),
            Ok(Ok(_)) | Err(_) => interruption,
        }
    }

    fn observe_start(&self, message: &Message) {
        let now = SystemTime::now();
        // Two clocks are compared, SQS's and ours: a message from the future waited no time.
        let since = |then: SystemTime| now.duration_since(then).unwrap_or_default();
        let waited = message.sent_at.map(since);
        if message.is_first_delivery() {
            self.metrics.handler_started(Delivery::First, waited);
            if let Some(waited) = waited {
                self.metrics.slo_event(Slo::Freshness, self.objectives.freshness(waited));
            }
        } else {
            self.metrics.handler_started(Delivery::Redelivery, waited);
            if let Some(received) = message.first_received_at {
                self.metrics.redelivered_after(since(received));
            }
        }
    }

    fn observe_end(&self, ending: Ending, ran: Duration) {
        self.metrics.handler_ended(ending, ran);
        if let Some(judgement) = self.objectives.latency(ending, ran) {
            self.metrics.slo_event(Slo::Latency, judgement);
        }
    }

    fn update_pause(&self, outcome: &Outcome) {
        match outcome {
            Outcome::Unavailable { reason } => {
                if let Some(pause) = self.pause.begin() {
                    let queue = &*self.queue;
                    let retry_in_ms = pause.as_millis() as u64;
                    tracing::warn!(
                        queue,
                        reason,
                        retry_in_ms,
                        "handler is unreachable; messages are released and polling is paused"
                    );
                }
            }
            Outcome::Interrupted => {}
            Outcome::Done
            | Outcome::Retry { .. }
            | Outcome::Reject { .. }
            | Outcome::TimedOut
            | Outcome::Panicked
            | Outcome::LeaseLost => self.pause.end(),
        }
    }

    fn log(&self, outcome: &Outcome, lease: &SilentLease, receive_count: u32, ran: Duration) {
        tracing::debug!(
            queue = &*self.queue,
            message_id = &**lease.message_id(),
            trace_id = lease.trace().id(),
            receive_count,
            ending = outcome.ending().as_str(),
            reason = outcome.reason(),
            seconds = ran.as_secs_f64(),
            "message handled"
        );
    }
}
