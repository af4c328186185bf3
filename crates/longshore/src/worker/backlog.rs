//! What a queue still has, and how often it will still deliver a message. An empty long poll says it for
//! nothing; SQS is asked, for the price of a request, only while messages come, not more often than
//! configured, and not more than once for so many messages that the price would show.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::outcome::Receives;
use crate::queue::{Queue, QueueAttributes};
use crate::telemetry::{BacklogState, QueueMetrics};

/// Messages for each question: a hundredth of a request each, where a message costs a fifth at the least.
const MESSAGES: usize = 100;

/// One queue's backlog, as last known. Fed by its poll loops.
pub(super) struct Backlog {
    interval: Duration,
    next: Mutex<Next>,
    /// Of the queue's redrive policy; 0 while none is known.
    max_receive_count: AtomicU32,
    metrics: Arc<QueueMetrics>,
}

/// When SQS may be asked again: both must be.
struct Next {
    at: Instant,
    after: usize,
}

impl Backlog {
    pub(super) fn new(interval: Duration, metrics: Arc<QueueMetrics>) -> Self {
        let next = Mutex::new(Next { at: Instant::now(), after: 0 });
        Self { interval, next, max_receive_count: AtomicU32::new(0), metrics }
    }

    /// A receive brought so many messages: notes what that says, and returns the question to SQS that
    /// is due. A short poll that brings none says nothing: it asks only some of SQS's servers.
    pub(super) fn received(
        self: &Arc<Self>,
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
        self.is_due(messages).then(|| ask(queue.clone(), self.clone()))
    }

    /// What this receive of a message means, by what is known of the queue's redrive policy.
    pub(super) fn receives(&self, count: u32) -> Receives {
        let most = self.max_receive_count.load(Relaxed);
        Receives { count, left: (most > 0).then(|| most.saturating_sub(count)) }
    }

    fn learn(&self, attributes: &QueueAttributes) {
        let most = u32::try_from(attributes.max_receive_count).unwrap_or(u32::MAX);
        self.max_receive_count.store(most, Relaxed);
        self.metrics.backlog(BacklogState::Visible, attributes.visible);
        self.metrics.backlog(BacklogState::InFlight, attributes.in_flight);
        self.metrics.backlog(BacklogState::Delayed, attributes.delayed);
        self.metrics.queue_attributes([
            attributes.receive_wait_seconds as f64,
            attributes.visibility_timeout_seconds as f64,
            attributes.retention_seconds as f64,
            attributes.delay_seconds as f64,
            attributes.max_receive_count as f64,
        ]);
    }

    fn is_due(&self, messages: usize) -> bool {
        let now = Instant::now();
        let mut next = self.next.lock().expect("no code panics while it holds this lock");
        next.after = next.after.saturating_sub(messages);
        let due = !self.interval.is_zero() && now >= next.at && next.after == 0;
        if due {
            *next = Next { at: now + self.interval, after: MESSAGES };
        }
        due
    }
}

async fn ask(queue: Arc<dyn Queue>, backlog: Arc<Backlog>) {
    match queue.attributes().await {
        Ok(attributes) => backlog.learn(&attributes),
        Err(error) => {
            let (queue, error) = (backlog.metrics.queue(), error.chain());
            tracing::debug!(queue, error, "the queue's attributes are not to be had");
        }
    }
}
