//! Sends messages to a queue that a worker consumes.

use std::sync::Arc;

use super::metered::MeteredQueue;
use crate::queue::{OutgoingMessage, Queue, QueueError};
use crate::telemetry::QueueMetrics;

/// Sends messages to one queue. Its requests are counted and billed with those of the queue's worker.
pub struct CountedSender(MeteredQueue);

impl CountedSender {
    /// A sender to this queue that reports to these metrics. Sends no request.
    pub fn new(queue: impl Queue, metrics: Arc<QueueMetrics>) -> Self {
        Self(MeteredQueue::new(Arc::new(queue), metrics))
    }

    /// Sends a message: one request, after the lookup of the queue's URL if that is not known.
    /// **Not cancel-safe**: after an error, or if it is dropped, SQS may still have the message.
    ///
    /// # Errors
    /// If SQS does not confirm the message.
    pub async fn send(&self, message: &OutgoingMessage) -> Result<(), QueueError> {
        self.0.send_message(message).await
    }
}

impl std::fmt::Debug for CountedSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CountedSender")
    }
}
