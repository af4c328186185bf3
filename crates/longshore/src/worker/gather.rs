//! Gather: waiting a little before the next receive, so that it brings more. A receive that came back
//! with a few messages has emptied the queue; asked again at once it brings the next one alone, and each
//! receive is billed. So money against latency: a message waits up to `gather` longer, and where ten
//! and more come within it, a receive brings ten.
//!
//! After an *empty* receive the next is sent at once: a message that comes to an idle queue finds a
//! receive open and waits for nothing. After a *full* one there is more where it came from; what may be
//! missing then is slots, and `gather` is the longest that a receive waits for a full batch of them.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::telemetry::{Awaited, QueueMetrics, ReceiveOutcome};

/// What a poll loop waits for before it asks again.
pub(super) struct Gather {
    longest: Duration,
    last: ReceiveOutcome,
    /// Since when every receive has been full.
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

    /// Whether one receive after the other does not keep up: all have been full for as long as a gather
    /// may take. What one gather has brought together is fetched sooner than that, and another poll loop
    /// would find nothing but the next message.
    pub(super) fn falls_behind(&self) -> bool {
        self.full_since.is_some_and(|since| since.elapsed() >= self.longest)
    }

    /// Whether the next receive is to wait for messages to gather.
    pub(super) fn is_due(&self) -> bool {
        self.last == ReceiveOutcome::Partial && !self.longest.is_zero()
    }

    /// Waits for messages to gather. Cancel-safe.
    pub(super) async fn messages(&mut self, metrics: &QueueMetrics) {
        let began = Instant::now();
        sleep(self.longest).await;
        metrics.gathered(Awaited::Messages, began.elapsed());
    }

    /// How long the next receive may wait for slots, once it has some.
    pub(super) fn patience(&self) -> Duration {
        if self.last == ReceiveOutcome::Full { self.longest } else { Duration::ZERO }
    }
}
