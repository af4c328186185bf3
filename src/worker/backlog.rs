//! What a queue still has. An empty long poll says it for nothing; SQS is asked, for the price of a
//! request, only while messages come, and not more often than configured.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use crate::queue::{Queue, QueueAttributes};
use crate::telemetry::{BacklogState, QueueMetrics};

/// One queue's backlog, as last known. Fed by its poll loops.
pub(super) struct Backlog {
    interval: Duration,
    /// When SQS may be asked again.
    next: Mutex<Instant>,
    metrics: Arc<QueueMetrics>,
}

impl Backlog {
    pub(super) fn new(interval: Duration, metrics: Arc<QueueMetrics>) -> Self {
        Self { interval, next: Mutex::new(Instant::now()), metrics }
    }

    /// A receive brought so many messages: notes what that says, and returns the question to SQS that
    /// is due. A short poll that brings none says nothing: it asks only some of SQS's servers.
    pub(super) fn received(
        &self,
        messages: usize,
        long_poll: bool,
        queue: &Arc<dyn Queue>,
    ) -> Option<impl Future<Output = ()> + use<>> {
        if messages == 0 {
            if long_poll {
                self.metrics.backlog(BacklogState::Visible, 0);
            }
            return None;
        }
        self.is_due().then(|| ask(queue.clone(), self.metrics.clone()))
    }

    fn is_due(&self) -> bool {
        let now = Instant::now();
        let mut next = self.next.lock().expect("no code panics while it holds this lock");
        let due = !self.interval.is_zero() && now >= *next;
        if due {
            *next = now + self.interval;
        }
        due
    }
}

async fn ask(queue: Arc<dyn Queue>, metrics: Arc<QueueMetrics>) {
    match queue.attributes().await {
        Ok(attributes) => show(&metrics, &attributes),
        Err(error) => {
            let queue = metrics.queue();
            tracing::debug!(
                queue,
                error = error.chain(),
                "the queue's attributes are not to be had"
            );
        }
    }
}

fn show(metrics: &QueueMetrics, attributes: &QueueAttributes) {
    metrics.backlog(BacklogState::Visible, attributes.visible);
    metrics.backlog(BacklogState::InFlight, attributes.in_flight);
    metrics.backlog(BacklogState::Delayed, attributes.delayed);
    metrics.queue_attributes([
        attributes.receive_wait_seconds as f64,
        attributes.visibility_timeout_seconds as f64,
        attributes.retention_seconds as f64,
        attributes.delay_seconds as f64,
        attributes.max_receive_count as f64,
    ]);
}
