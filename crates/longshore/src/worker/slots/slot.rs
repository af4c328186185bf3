//! A permit to process one message, and what happens when it is freed.

use std::sync::Arc;

use tokio::time::Instant;

use super::turnover::Turnover;
use crate::sync::OwnedSemaphorePermit;
use crate::telemetry::QueueMetrics;

/// A permit to process one message.
#[derive(Debug)]
pub(in crate::worker) struct Slot {
    own: Option<OwnedSemaphorePermit>,
    shared: Option<OwnedSemaphorePermit>,
    /// When its message got it.
    since: Option<Instant>,
    usage: Arc<SlotUsage>,
}

/// How the slots of one queue are used.
#[derive(Debug)]
pub(super) struct SlotUsage {
    pub(super) turnover: Turnover,
    pub(super) metrics: Arc<QueueMetrics>,
}

impl Slot {
    pub(super) fn new(
        own: OwnedSemaphorePermit,
        shared: Option<OwnedSemaphorePermit>,
        usage: Arc<SlotUsage>,
    ) -> Self {
        usage.metrics.slot_taken();
        Self { own: Some(own), shared, since: None, usage }
    }

    /// The slot counts under the shared limit from here on.
    pub(super) fn share(&mut self, shared: OwnedSemaphorePermit) {
        self.shared = Some(shared);
    }

    pub(super) fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// The slot no longer counts under the shared limit.
    pub(super) fn unshare(&mut self) {
        self.shared = None;
    }

    /// A message has the slot from here on.
    pub(super) fn start(&mut self, now: Instant) {
        self.since = Some(now);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(since) = self.since {
            self.usage.turnover.freed(since, Instant::now());
        }
        drop((self.own.take(), self.shared.take()));
        self.usage.metrics.slots_freed(1);
    }
}
