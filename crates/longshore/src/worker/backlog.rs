//! The backlog of a queue, and its maximum number of receives per message. An empty long poll shows
//! an empty backlog for free. A request for the attributes costs money, so the worker sends one
//! only while messages arrive, at most once per `backlog_interval` and once per 100 messages.

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::disposition::Receives;
use super::metered::MeteredQueue;
use crate::queue::{BacklogState, QueueAttributes};
use crate::telemetry::QueueMetrics;

/// Messages per request: a hundredth of a request each. A message costs at least a fifth of a
/// request.
const MESSAGES: usize = 100;

/// One queue's backlog, as last known. Updated by its poll loops.
pub(super) struct Backlog {
    interval: Duration,
    next: Mutex<Next>,
    /// `maxReceiveCount` of the redrive policy; 0 while it is unknown.
    max_receive_count: AtomicU32,
    metrics: Arc<QueueMetrics>,
}

/// When the next request is due. Both conditions must hold.
struct Next {
    at: Instant,
    after: usize,
}

impl Backlog {
    pub(super) fn new(interval: Duration, metrics: Arc<QueueMetrics>) -> Self {
        let next = Mutex::new(Next { at: Instant::now(), after: 0 });
        Self { interval, next, max_receive_count: AtomicU32::new(0), metrics }
    }

    /// A receive returned this number of messages. Updates the backlog, and returns the request for
    /// the attributes if one is due. An empty short poll shows nothing, because it reads only a
    /// part of SQS's servers.
    pub(super) fn received(
        self: &Arc<Self>,
        messages: usize,
        long_poll: bool,
        queue: &Arc<MeteredQueue>,
    ) -> Option<impl Future<Output = ()> + use<>> {
        if messages == 0 {
            if long_poll {
                self.metrics.backlog(BacklogState::Visible, 0);
            }
            return None;
        }
        self.is_due(messages).then(|| request(queue.clone(), self.clone()))
    }

    /// How many receives of a message are left, by the redrive policy.
    pub(super) fn receives(&self, count: u32) -> Receives {
        let most = self.max_receive_count.load(Relaxed);
        Receives { count, left: (most > 0).then(|| most.saturating_sub(count)) }
    }

    fn update(&self, attributes: &QueueAttributes) {
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

async fn request(queue: Arc<MeteredQueue>, backlog: Arc<Backlog>) {
    match queue.attributes().await {
        Ok(attributes) => backlog.update(&attributes),
        Err(error) => {
            let (queue, error) = (backlog.metrics.queue(), error.chain());
            tracing::debug!(queue, error, "cannot read queue attributes");
        }
    }
}
