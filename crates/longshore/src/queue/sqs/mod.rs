//! A queue of Amazon SQS, or of anything that speaks its JSON protocol, by the AWS SDK.

mod attempt;
mod classify;
mod connection;
mod convert;
mod locate;
mod sender;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, QueueAttributeName,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::OnceCell;

pub use connection::{Connection, Timeouts};
pub use sender::Sender;

use super::{Message, Queue, QueueAttributes, QueueError, Receipt, Receive, Refused, Visibility};
use crate::config::QueueAddress;
use crate::cost::pricing;
use crate::telemetry::{Action, QueueMetrics};
use crate::trace;
use attempt::Attempt;
use classify::unexpected;
use locate::Place;

/// One queue. Receives and settles go by clients of their own, so that long polls can never keep a
/// delete waiting for a connection.
#[derive(Debug)]
pub struct SqsQueue {
    address: QueueAddress,
    place: OnceCell<Place>,
    receive: Client,
    settle: Client,
    metrics: Arc<QueueMetrics>,
}

impl SqsQueue {
    /// The queue's URL, asked for once where the queue was named otherwise. The current span's request
    /// goes there.
    async fn url(&self) -> Result<&str, QueueError> {
        let place = self.place.get_or_try_init(|| async {
            let request = match &self.address {
                QueueAddress::Url(url) => return Ok(Place::of(url.clone())),
                QueueAddress::Name(name) => self.settle.get_queue_url().queue_name(name),
                QueueAddress::Arn(arn) => {
                    let owner = arn.split(':').nth(4).unwrap_or_default();
                    let request = self.settle.get_queue_url().queue_name(self.address.queue_name());
                    request.queue_owner_aws_account_id(owner)
                }
            };
            let attempt = Attempt::new(Action::GetUrl, &self.metrics);
            let request = request.customize().interceptor(attempt.departure());
            let url = attempt.outcome(request.send()).await?.queue_url;
            let url = url.ok_or_else(|| unexpected("GetQueueUrl", "an answer without a URL"))?;
            Ok(Place::of(url))
        });
        let Place { url, server } = place.await?;
        trace::sent_to(url, server.as_ref().map(|(host, port)| (host.as_str(), *port)));
        Ok(url)
    }

    async fn receive(&self, ask: Receive) -> Result<Vec<Message>, QueueError> {
        let attempt = Attempt::new(Action::Receive, &self.metrics);
        let request = self
            .receive
            .receive_message()
            .queue_url(self.url().await?)
            .max_number_of_messages(whole(ask.max))
            .wait_time_seconds(seconds(ask.wait))
            .visibility_timeout(seconds(ask.visibility))
            .message_attribute_names("All")
            .set_message_system_attribute_names(Some(convert::SYSTEM_ATTRIBUTES.to_vec()))
            .customize()
            .interceptor(attempt.departure());
        let messages = attempt.outcome(request.send()).await?.messages.unwrap_or_default();
        let messages: Vec<_> = messages.into_iter().filter_map(convert::message).collect();
        let payload: usize = messages.iter().map(Message::payload_bytes).sum();
        // The attempt itself is billed already, as the first chunk.
        self.metrics.billed(Action::Receive, pricing::billed_chunks(payload as u64) - 1);
        Ok(messages)
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<Refused>, QueueError> {
        let entries = receipts.iter().enumerate().map(|(index, receipt)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(receipt.as_str())
                .build()
                .expect("id and receipt handle are set")
        });
        let attempt = Attempt::new(Action::Delete, &self.metrics);
        let request = self
            .settle
            .delete_message_batch()
            .queue_url(self.url().await?)
            .set_entries(Some(entries.collect()))
            .customize()
            .interceptor(attempt.departure());
        let answer = attempt.outcome(request.send()).await?;
        let succeeded = answer.successful.iter().map(|entry| entry.id.as_str());
        Ok(convert::refused(receipts.len(), succeeded, answer.failed))
    }

    async fn change_visibility(&self, changes: &[Visibility]) -> Result<Vec<Refused>, QueueError> {
        let entries = changes.iter().enumerate().map(|(index, change)| {
            ChangeMessageVisibilityBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(change.receipt.as_str())
                .visibility_timeout(seconds(change.timeout))
                .build()
                .expect("id and receipt handle are set")
        });
        let attempt = Attempt::new(Action::ChangeVisibility, &self.metrics);
        let request = self
            .settle
            .change_message_visibility_batch()
            .queue_url(self.url().await?)
            .set_entries(Some(entries.collect()))
            .customize()
            .interceptor(attempt.departure());
        let answer = attempt.outcome(request.send()).await?;
        let succeeded = answer.successful.iter().map(|entry| entry.id.as_str());
        Ok(convert::refused(changes.len(), succeeded, answer.failed))
    }

    async fn attributes(&self) -> Result<QueueAttributes, QueueError> {
        let attempt = Attempt::new(Action::GetAttributes, &self.metrics);
        let request = self
            .settle
            .get_queue_attributes()
            .queue_url(self.url().await?)
            .attribute_names(QueueAttributeName::All)
            .customize()
            .interceptor(attempt.departure());
        let answer = attempt.outcome(request.send()).await?;
        Ok(convert::attributes(&answer.attributes.unwrap_or_default()))
    }
}

impl Queue for SqsQueue {
    fn receive(&self, ask: Receive) -> BoxFuture<'_, Result<Vec<Message>, QueueError>> {
        self.receive(ask).boxed()
    }

    fn delete<'a>(
        &'a self,
        receipts: &'a [Receipt],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        self.delete(receipts).boxed()
    }

    fn change_visibility<'a>(
        &'a self,
        changes: &'a [Visibility],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        self.change_visibility(changes).boxed()
    }

    fn attributes(&self) -> BoxFuture<'_, Result<QueueAttributes, QueueError>> {
        self.attributes().boxed()
    }
}

/// Whole seconds, rounded up: rounding down would turn half a second of waiting into a short poll.
fn seconds(duration: Duration) -> i32 {
    let up = u64::from(duration.subsec_nanos() > 0);
    i32::try_from(duration.as_secs() + up).unwrap_or(i32::MAX)
}

fn whole(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
