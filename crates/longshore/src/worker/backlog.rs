//! The attributes of a queue that objectives and the page need: its redrive policy, its backlog and
//! its delay. Requests cost money, so they are frequent only while messages arrive or all slots are
//! taken. An empty long poll shows an empty backlog for free.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::backoff;
use super::metered::MeteredQueue;
use crate::cost::IDLE_ATTRIBUTES_INTERVAL;
use crate::queue::{BacklogState, QueueAttributes, QueueError};
use crate::slo::{DeliveryJudge, Redrive};
use crate::telemetry::QueueMetrics;

/// Messages per request: a hundredth of a request each. A message costs at least a fifth of a
/// request.
const MESSAGES: usize = 100;
/// How long the first receive waits for the first answer.
const FIRST_ANSWER: Duration = Duration::from_secs(2);
/// How long a request may continue after the end of the work.
const LAST_REQUEST: Duration = Duration::from_secs(1);

/// One queue's attributes, as last known.
pub(super) struct Backlog {
    /// Zero: only as rarely as for an idle queue.
    interval: Duration,
    /// Messages received since the last request.
    messages: AtomicUsize,
    concurrency: usize,
    /// Cancelled when the first request has ended.
    asked: CancellationToken,
    /// Notified when a receive was answered.
    receive_answered: Notify,
    /// `DelaySeconds`: messages wait this long before they can be received.
    delay_seconds: AtomicU64,
    /// The ARN of the dead-letter queue; empty if there is none, or if that is not known.
    dead_letter_arn: watch::Sender<String>,
    delivery: Arc<DeliveryJudge>,
    metrics: Arc<QueueMetrics>,
}

impl Backlog {
    pub(super) fn new(
        interval: Duration,
        concurrency: usize,
        delivery: Arc<DeliveryJudge>,
        metrics: Arc<QueueMetrics>,
    ) -> Self {
        Self {
            interval,
            messages: AtomicUsize::new(0),
            concurrency,
            asked: CancellationToken::new(),
            receive_answered: Notify::new(),
            delay_seconds: AtomicU64::new(0),
            dead_letter_arn: watch::Sender::default(),
            delivery,
            metrics,
        }
    }

    /// Waits for the first answer, so that the redrive policy is known before the first message,
    /// but not for long. Cancel-safe.
    pub(super) async fn first_answer(&self) {
        timeout(FIRST_ANSWER, self.asked.cancelled()).await.ok();
    }

    /// A receive returned this number of messages. An empty short poll shows nothing, because it
    /// reads only a part of SQS's servers.
    pub(super) fn received(&self, messages: usize, long_poll: bool) {
        self.messages.fetch_add(messages, Relaxed);
        self.receive_answered.notify_waiters();
        if messages == 0 && long_poll {
            self.metrics.backlog(BacklogState::Visible, 0);
        }
    }

    /// The ARN of the dead-letter queue, whenever it changes.
    pub(super) fn dead_letter_arn(&self) -> watch::Receiver<String> {
        self.dead_letter_arn.subscribe()
    }

    /// What the queue does with a message that is received again and again.
    pub(super) fn redrive(&self) -> Redrive {
        self.delivery.redrive()
    }

    /// How long the queue delays each message.
    pub(super) fn delay(&self) -> Duration {
        Duration::from_secs(self.delay_seconds.load(Relaxed))
    }

    /// Requests the attributes at the start, while there is something to learn, rarely while the
    /// queue is idle, and again soon after a failure, until the work has ended.
    pub(super) async fn run(self: Arc<Self>, queue: Arc<MeteredQueue>, ended: CancellationToken) {
        tokio::select! {
            biased;
            () = queue.found() => {}
            () = ended.cancelled() => return,
        }
        let mut failures = 0;
        loop {
            let answer = tokio::select! {
                biased;
                answer = queue.attributes() => answer,
                () = async { ended.cancelled().await; sleep(LAST_REQUEST).await } => return,
            };
            self.messages.store(0, Relaxed);
            let answered = self.receive_answered.notified();
            let wait = async {
                match answer {
                    Ok(attributes) => {
                        failures = 0;
                        self.update(&attributes);
                        self.due().await;
                    }
                    Err(error) => {
                        failures += 1;
                        sleep(self.failed(&error, failures)).await;
                        // While receives fail too, the queue cannot be reached at all.
                        answered.await;
                    }
                }
            };
            self.asked.cancel();
            tokio::select! {
                biased;
                () = wait => {}
                () = ended.cancelled() => return,
            }
        }
    }

    /// Waits until the next request is due.
    async fn due(&self) {
        let asked = Instant::now();
        let idle = asked + self.interval.max(IDLE_ATTRIBUTES_INTERVAL);
        let step = if self.interval.is_zero() { IDLE_ATTRIBUTES_INTERVAL } else { self.interval };
        let mut next = asked;
        loop {
            next = (next + step).min(idle);
            sleep_until(next).await;
            let is_full = self.metrics.totals().in_flight() >= self.concurrency as u64;
            let is_busy = self.messages.load(Relaxed) >= MESSAGES;
            if is_full || is_busy || next >= idle {
                return;
            }
        }
    }

    fn update(&self, attributes: &QueueAttributes) {
        let most = u32::try_from(attributes.max_receive_count).unwrap_or(u32::MAX);
        self.delivery.set_redrive(if most == 0 { Redrive::Absent } else { Redrive::After(most) });
        self.delay_seconds.store(attributes.delay_seconds, Relaxed);
        self.dead_letter_arn.send_if_modified(|arn| {
            let changed = *arn != attributes.dead_letter_arn;
            arn.clone_from(&attributes.dead_letter_arn);
            changed
        });
        self.metrics.attributes_known();
        self.metrics.queue_named(&attributes.arn);
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

    /// Logs a failure. Returns the time until the next request.
    fn failed(&self, error: &QueueError, failures: u32) -> Duration {
        let wait = backoff::attributes(failures);
        if failures.is_power_of_two() {
            tracing::warn!(
                queue = self.metrics.queue(),
                error = error.chain(),
                failures,
                retry_in_ms = wait.as_millis() as u64,
                advice = "allow sqs:GetQueueAttributes",
                "cannot read queue attributes; the redrive policy and the backlog are not known"
            );
        }
        self.metrics.attributes_failed(error.summary());
        wait
    }
}
