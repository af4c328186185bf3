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
}

impl Gather {
    pub(super) fn new(longest: Duration) -> Self {
        Self { longest, last: ReceiveOutcome::Empty }
    }

    /// A receive ended.
    pub(super) fn received(&mut self, outcome: ReceiveOutcome) {
        self.last = outcome;
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
