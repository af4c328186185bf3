//! How many messages a batch handler gets in one call.

use std::time::Duration;

/// The batches of one queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchConfig {
    /// The largest number of messages of one call: 1 to 10,000, and at most `concurrency`. Default: 10.
    pub max: usize,
    /// How long the first message waits for others: 1 ms to 5 min, and less than the freshness
    /// threshold, which includes it. Default: 200 ms.
    pub window: Duration,
}

impl BatchConfig {
    /// Batches of this size and this window.
    pub fn new(max: usize, window: Duration) -> Self {
        Self { max, window }
    }
}

impl Default for BatchConfig {
    fn default() -> Self {
        Self { max: 10, window: Duration::from_millis(200) }
    }
}
