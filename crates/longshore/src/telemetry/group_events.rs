//! What happens to the message groups of a FIFO queue.

use std::sync::Arc;

use tokio::time::Instant;

use super::queue_metrics::QueueMetrics;

impl QueueMetrics {
    /// The message groups in hand, and since when the one that waits longest has not advanced.
    pub fn groups(&self, in_hand: usize, oldest: Option<(Instant, Arc<str>)>) {
        self.figures.set_blocked_group(oldest);
        if let Some(groups) = &self.groups {
            groups.in_hand.set(in_hand as f64);
        }
    }

    /// This number of messages was released because an earlier one of their group failed.
    pub fn released_behind_failure(&self, messages: usize) {
        if let Some(groups) = &self.groups {
            groups.released.increment(messages as u64);
        }
    }
}
