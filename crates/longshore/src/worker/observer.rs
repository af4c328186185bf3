//! What metrics and objectives learn of the calls of a queue's handler.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use opentelemetry::trace::TraceId;

use super::backlog::Backlog;
use crate::outcome::Ending;
use crate::queue::{Delivery, Message};
use crate::slo::{Objectives, RecentIds, Slo};
use crate::telemetry::QueueMetrics;

/// Counts the calls of one queue.
pub(super) struct Observer {
    objectives: Objectives,
    backlog: Arc<Backlog>,
    metrics: Arc<QueueMetrics>,
    /// Messages whose earlier receives ended before the application got them.
    unstarted: Mutex<RecentIds>,
}

impl Observer {
    pub(super) fn new(
        objectives: Objectives,
        backlog: Arc<Backlog>,
        metrics: Arc<QueueMetrics>,
    ) -> Self {
        Self { objectives, backlog, metrics, unstarted: Mutex::default() }
    }

    /// The receive of a message ends before the application got it.
    pub(super) fn not_started(&self, message: &Message) {
        self.lock_unstarted().insert(&message.id);
    }

    /// The application got the message for the first time in this receive.
    pub(super) fn started(
        &self,
        message: &Message,
        started_at: SystemTime,
        trace: Option<TraceId>,
    ) {
        // Two clocks are compared, SQS's and ours: a message from the future waited no time.
        let since = |then: SystemTime| started_at.duration_since(then).unwrap_or_default();
        let waited = message.waiting_since().map(since);
        let first = message.is_first_delivery();
        let delivery = if first { Delivery::First } else { Delivery::Redelivery };
        self.metrics.handler_started(delivery, waited);
        if let (Some(waited), Some(trace)) = (waited, trace) {
            self.metrics.exemplars().waited(delivery, waited, trace);
        }
        if !first && let Some(received) = message.first_received_at {
            self.metrics.redelivered_after(since(received));
        }
        let Some(waited) = waited.filter(|_| self.is_first_start(message)) else { return };
        if let Some(group) = &message.group_id {
            self.metrics.figures().group_started(group, waited);
        }
        self.judge_freshness(waited);
    }

    /// The message is too old, so the application does not get it. It counts for the freshness
    /// objective like one that is processed this late.
    pub(super) fn expired(&self, message: &Message, now: SystemTime) {
        self.metrics.message_expired();
        let waited = message.waiting_since().and_then(|then| now.duration_since(then).ok());
        if let Some(waited) = waited.filter(|_| self.is_first_start(message)) {
            self.judge_freshness(waited);
        }
    }

    fn is_first_start(&self, message: &Message) -> bool {
        message.is_first_delivery() || self.lock_unstarted().remove(&message.id)
    }

    fn judge_freshness(&self, waited: Duration) {
        let waited = waited.saturating_sub(self.backlog.delay());
        if let Some(judgement) = self.objectives.freshness(waited) {
            self.metrics.slo_event(Slo::Freshness, judgement);
        }
    }

    /// A call of the handler of this route ended.
    pub(super) fn ended(
        &self,
        route: usize,
        ending: Ending,
        ran: Duration,
        trace: Option<TraceId>,
    ) {
        self.metrics.handler_ended(route, ending, ran, trace);
        if let Some(judgement) = self.objectives.latency(ending, ran) {
            self.metrics.slo_event(Slo::Latency, judgement);
        }
    }

    fn lock_unstarted(&self) -> MutexGuard<'_, RecentIds> {
        self.unstarted.lock().expect("no code panics while it holds this lock")
    }
}
