//! Counts the requests of a queue of any kind.

use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::cost::pricing;
use crate::queue::{
    Action, ApiResult, DeadLetter, Message, OutgoingMessage, Progress, Queue, QueueAttributes,
    QueueError, Receipt, Receive, Refused, Visibility,
};
use crate::telemetry::QueueMetrics;

/// A queue whose requests are counted and billed, however they end.
pub(super) struct MeteredQueue {
    queue: Arc<dyn Queue>,
    metrics: Arc<QueueMetrics>,
    /// Cancelled when the queue was found for the first time.
    found: CancellationToken,
}

/// A request that is not counted yet. If it is dropped, it counts as sent and unanswered.
struct Open<'a> {
    action: Action,
    sent: Instant,
    queue: &'a MeteredQueue,
    counted: bool,
    is_of_this_queue: bool,
}

impl MeteredQueue {
    pub(super) fn new(queue: Arc<dyn Queue>, metrics: Arc<QueueMetrics>) -> Self {
        Self { queue, metrics, found: CancellationToken::new() }
    }

    /// See [`Queue::receive`]. Not cancel-safe.
    pub(super) async fn receive(&self, receive: Receive) -> Result<Vec<Message>, QueueError> {
        let messages = self.count(Action::Receive, self.queue.receive(receive)).await?;
        let payload: usize = messages.iter().map(Message::payload_bytes).sum();
        // The first chunk is billed with the request.
        self.metrics.billed(Action::Receive, pricing::billed_chunks(payload as u64) - 1);
        Ok(messages)
    }

    /// See [`Queue::delete`].
    pub(super) async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<Refused>, QueueError> {
        self.count(Action::Delete, self.queue.delete(receipts)).await
    }

    /// See [`Queue::change_visibility`].
    pub(super) async fn change_visibility(
        &self,
        changes: &[Visibility],
    ) -> Result<Vec<Refused>, QueueError> {
        self.count(Action::ChangeVisibility, self.queue.change_visibility(changes)).await
    }

    /// See [`Queue::attributes`].
    pub(super) async fn attributes(&self) -> Result<QueueAttributes, QueueError> {
        self.count(Action::GetAttributes, self.queue.attributes()).await
    }

    /// See [`Queue::dead_letter_queue`]. A denied request says nothing about this queue.
    pub(super) async fn dead_letter_queue(
        &self,
        arn: &str,
    ) -> Result<Option<QueueAttributes>, QueueError> {
        let mut open = self.open(Action::GetAttributes);
        open.is_of_this_queue = false;
        let answer = self.queue.dead_letter_queue(arn).await;
        open.ended(answer.as_ref().err());
        answer
    }

    /// See [`Queue::send_dead_letter`]. A refused send says nothing about this queue.
    pub(super) async fn send_dead_letter(
        &self,
        arn: &str,
        letter: &DeadLetter,
    ) -> Result<bool, QueueError> {
        let mut open = self.open(Action::Send);
        open.is_of_this_queue = false;
        let answer = self.queue.send_dead_letter(arn, letter).await;
        match &answer {
            Ok(true) => {
                open.ended(None);
                let chunks = pricing::billed_chunks(letter.payload_bytes() as u64);
                self.metrics.billed(Action::Send, chunks - 1);
            }
            Ok(false) => open.counted = true,
            Err(error) => open.ended(Some(error)),
        }
        answer
    }

    /// See [`Queue::send_message`]. A refused send says nothing about the receives.
    pub(super) async fn send_message(&self, message: &OutgoingMessage) -> Result<(), QueueError> {
        self.locate().await?;
        let mut open = self.open(Action::Send);
        open.is_of_this_queue = false;
        let answer = self.queue.send_message(message).await;
        open.ended(answer.as_ref().err());
        if answer.is_ok() {
            let chunks = pricing::billed_chunks(message.payload_bytes() as u64);
            self.metrics.billed(Action::Send, chunks - 1);
        }
        answer
    }

    fn open(&self, action: Action) -> Open<'_> {
        Open { action, sent: Instant::now(), queue: self, counted: false, is_of_this_queue: true }
    }

    async fn count<T>(
        &self,
        action: Action,
        request: impl Future<Output = Result<T, QueueError>>,
    ) -> Result<T, QueueError> {
        self.locate().await?;
        let open = self.open(action);
        let answer = request.await;
        open.ended(answer.as_ref().err());
        answer
    }

    /// Looks up the URL, if the queue needs that. A lookup that is dropped is not counted, because
    /// another call may be the one that sent it.
    pub(super) async fn locate(&self) -> Result<(), QueueError> {
        let located = self.queue.locate().await;
        if !matches!(located, Ok(false)) {
            self.open(Action::GetUrl).ended(located.as_ref().err());
        }
        if located.is_ok() {
            self.found.cancel();
        }
        located.map(|_| ())
    }

    /// Waits until the queue was found. Cancel-safe.
    pub(super) async fn found(&self) {
        self.found.cancelled().await;
    }
}

impl Open<'_> {
    fn ended(mut self, error: Option<&QueueError>) {
        self.counted = true;
        let progress = error.map_or(Progress::Answered, |error| error.progress);
        let result = error.map_or(ApiResult::Ok, |error| error.kind.into());
        match progress {
            Progress::NotSent => {}
            Progress::Unanswered => self.request(result),
            Progress::Answered => {
                self.request(result);
                self.queue.metrics.billed(self.action, 1);
            }
        }
    }

    fn request(&self, result: ApiResult) {
        let MeteredQueue { queue, metrics, .. } = self.queue;
        match self.is_of_this_queue {
            true => metrics.api_request(self.action, result),
            false => metrics.side_request(self.action, result),
        }
        metrics.request_took(self.action, result, self.sent.elapsed(), queue.server());
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.counted {
            self.request(ApiResult::Timeout);
        }
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::config::QueueConfig;
    use crate::telemetry::Metrics;
    use crate::testing::FakeQueue;

    #[test]
    fn a_dropped_request_counts_as_sent_and_not_as_billed() {
        let config = QueueConfig::builder("orders").build().unwrap();
        let metrics = Metrics::new().register(&config);
        let queue = MeteredQueue::new(Arc::new(FakeQueue::default()), metrics.clone());

        drop(queue.open(Action::Receive));

        let totals = metrics.totals();
        assert_eq!((totals.requests, totals.billed_requests), (1, 0));
    }
}
