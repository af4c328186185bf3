//! Gather: a short wait before the next receive, so that it returns more messages. A receive that
//! was not full has emptied the queue. If the next one followed at once, it would return a single
//! message, and SQS bills each receive. The price is latency: a message can wait up to `gather`
//! longer.
//!
//! After an *empty* receive the next one follows at once, so that a message to an idle queue finds
//! an open receive. After a *full* one the queue has more messages, but slots can be missing: then
//! `gather` is the longest time that a receive waits for a full batch of slots.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::outcome::ReceiveOutcome;
use crate::telemetry::{Awaited, QueueMetrics};

/// What a poll loop waits for before its next receive.
pub(super) struct Gather {
    longest: Duration,
    last: ReceiveOutcome,
    /// Since when every receive was full.
    full_since: Option<Instant>,
}

impl Gather {
    pub(super) fn new(longest: Duration) -> Self {
        Self { longest, last: ReceiveOutcome::Empty, full_since: None }
    }

    /// A receive ended.
    pub(super) fn received(&mut self, outcome: ReceiveOutcome) {
        self.last = outcome;
        self.full_since = match outcome {
            ReceiveOutcome::Full => self.full_since.or_else(|| Some(Instant::now())),
            ReceiveOutcome::Partial
            | ReceiveOutcome::Empty
            | ReceiveOutcome::Error
            | ReceiveOutcome::Abandoned => None,
        };
    }

    /// Whether one receive after the other does not keep up: all were full for longer than a gather
    /// takes. The messages of a single gather are received in less time, and an extra loop would
    /// find none.
    pub(super) fn falls_behind(&self) -> bool {
        self.full_since.is_some_and(|since| since.elapsed() >= self.longest)
    }

    /// Whether the next receive waits for more messages.
    pub(super) fn is_due(&self) -> bool {
        self.last == ReceiveOutcome::Partial && !self.longest.is_zero()
    }

    /// Waits for more messages. Cancel-safe.
    pub(super) async fn wait(&mut self, metrics: &QueueMetrics) {
        let began = Instant::now();
        sleep(self.longest).await;
        metrics.gathered(Awaited::Messages, began.elapsed());
    }

    /// How long the next receive may wait for more slots when it has at least one.
    pub(super) fn slot_wait(&self) -> Duration {
        if self.last == ReceiveOutcome::Full { self.longest } else { Duration::ZERO }
    }
}
