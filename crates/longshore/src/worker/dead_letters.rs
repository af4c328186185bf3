//! The depth of a queue's dead-letter queue. Its requests cost money, so they are rare, and each
//! worker sends them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::backoff;
use super::metered::MeteredQueue;
use crate::queue::{QueueAttributes, QueueError};
use crate::telemetry::QueueMetrics;

/// The dead-letter queue of one queue.
pub(super) struct DeadLetters {
    /// Zero: never ask.
    interval: Duration,
    /// Its ARN, as the queue's redrive policy names it; empty without one.
    arn: watch::Receiver<String>,
    metrics: Arc<QueueMetrics>,
}

impl DeadLetters {
    pub(super) fn new(
        interval: Duration,
        arn: watch::Receiver<String>,
        metrics: Arc<QueueMetrics>,
    ) -> Self {
        Self { interval, arn, metrics }
    }

    /// Asks as soon as the redrive policy is known, and then at the interval, until the work has
    /// ended.
    pub(super) async fn run(mut self, queue: Arc<MeteredQueue>, ended: CancellationToken) {
        if self.interval.is_zero() {
            return;
        }
        tokio::select! {
            biased;
            () = self.ask(&queue) => {}
            () = ended.cancelled() => {}
        }
    }

    async fn ask(&mut self, queue: &MeteredQueue) {
        let mut failures = 0;
        loop {
            if self.arn.borrow().is_empty() {
                self.metrics.no_dead_letters();
            }
            let arn = self.arn.wait_for(|arn| !arn.is_empty()).await.map(|arn| arn.clone());
            let Ok(arn) = arn else { return };
            let wait = match queue.dead_letter_queue(&arn).await {
                Ok(Some(attributes)) => {
                    failures = 0;
                    self.show(&attributes);
                    self.interval
                }
                // This kind of queue cannot ask.
                Ok(None) => return,
                Err(error) => {
                    failures += 1;
                    self.failed(&arn, &error, failures)
                }
            };
            sleep(wait).await;
        }
    }

    fn show(&self, attributes: &QueueAttributes) {
        let retention = Duration::from_secs(attributes.retention_seconds);
        self.metrics.dead_letters(attributes.messages(), retention);
    }

    /// Logs a failure. Returns the time until the next request.
    fn failed(&self, arn: &str, error: &QueueError, failures: u32) -> Duration {
        let wait = backoff::dead_letters(error.kind, failures);
        if failures.is_power_of_two() {
            tracing::warn!(
                queue = self.metrics.queue(),
                dead_letter_queue = arn,
                error = error.chain(),
                failures,
                retry_in_ms = wait.as_millis() as u64,
                advice = "allow sqs:GetQueueAttributes on the dead-letter queue, or set \
                          dead_letter_interval = \"0s\"",
                "cannot read the dead-letter queue; its depth is not known"
            );
        }
        wait
    }
}
