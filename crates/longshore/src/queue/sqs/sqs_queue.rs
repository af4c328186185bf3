//! The implementation of [`Queue`] for SQS.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry, QueueAttributeName,
};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::sync::OnceCell;

use super::attempt::Attempt;
use super::convert;
use super::credentials::RenewedCredentials;
use super::location::{self, Location};
use crate::config::QueueAddress;
use crate::queue::api::{Queue, QueueAttributes, Receive, Refused, Visibility};
use crate::queue::failure::{FailureKind, Progress, QueueError};
use crate::queue::message::{Message, Receipt};
use crate::queue::{DeadLetter, OutgoingMessage};
use crate::trace;

/// One queue. Receives and settles use separate clients, so that each has its own timeout.
#[derive(Debug)]
pub struct SqsQueue {
    address: QueueAddress,
    location: OnceCell<Location>,
    receive: Client,
    pub(super) settle: Client,
    pub(super) credentials: RenewedCredentials,
}

impl SqsQueue {
    pub(super) fn new(
        address: QueueAddress,
        receive: Client,
        settle: Client,
        credentials: RenewedCredentials,
    ) -> Self {
        Self { address, location: OnceCell::new(), receive, settle, credentials }
    }

    /// Looks up the URL once, unless the queue is given by URL. Returns whether it sent a request.
    async fn locate(&self) -> Result<bool, QueueError> {
        let sent = AtomicBool::new(false);
        let lookup = || async {
            let request = match &self.address {
                QueueAddress::Url(url) => return Ok(Location::new(url.clone())),
                QueueAddress::Name(name) => self.settle.get_queue_url().queue_name(name),
                QueueAddress::Arn(arn) => {
                    let owner = arn.split(':').nth(4).unwrap_or_default();
                    let request = self.settle.get_queue_url().queue_name(self.address.queue_name());
                    request.queue_owner_aws_account_id(owner)
                }
            };
            sent.store(true, Relaxed);
            let attempt = Attempt::new(&self.credentials);
            let answer = request.customize().interceptor(attempt.clone()).send().await;
            let answer = answer.map_err(|error| attempt.failure("GetQueueUrl", error))?;
            answer.queue_url.map(Location::new).ok_or_else(|| {
                QueueError::new("GetQueueUrl", FailureKind::Unavailable)
                    .with_progress(Progress::Answered)
                    .with_source("the answer has no URL")
            })
        };
        self.location.get_or_try_init(lookup).await?;
        Ok(sent.into_inner())
    }

    /// The queue's URL, which the current span records as the destination of its request.
    pub(super) async fn url(&self) -> Result<&str, QueueError> {
        self.locate().await?;
        let location = self.location.get().expect("it was located");
        trace::record_destination(&location.without_user(), location.server());
        Ok(&location.url)
    }

    async fn receive(&self, receive: Receive) -> Result<Vec<Message>, QueueError> {
        let attempt = Attempt::new(&self.credentials);
        let request = self
            .receive
            .receive_message()
            .queue_url(self.url().await?)
            .max_number_of_messages(whole(receive.max))
            .wait_time_seconds(seconds(receive.wait))
            .visibility_timeout(seconds(receive.visibility))
            .set_receive_request_attempt_id(receive.attempt.map(|id| id.to_string()))
            .message_attribute_names("All")
            .set_message_system_attribute_names(Some(convert::SYSTEM_ATTRIBUTES.to_vec()))
            .customize()
            .interceptor(attempt.clone());
        let answer = attempt.conclude("ReceiveMessage", request.send().await)?;
        let messages = answer.messages.unwrap_or_default();
        Ok(messages.into_iter().filter_map(convert::message).collect())
    }

    async fn delete(&self, receipts: &[Receipt]) -> Result<Vec<Refused>, QueueError> {
        let entries = receipts.iter().enumerate().map(|(index, receipt)| {
            DeleteMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .receipt_handle(receipt.as_str())
                .build()
                .expect("id and receipt handle are set")
        });
        let attempt = Attempt::new(&self.credentials);
        let request = self
            .settle
            .delete_message_batch()
            .queue_url(self.url().await?)
            .set_entries(Some(entries.collect()))
            .customize()
            .interceptor(attempt.clone());
        let answer = attempt.conclude("DeleteMessageBatch", request.send().await)?;
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
        let attempt = Attempt::new(&self.credentials);
        let request = self
            .settle
            .change_message_visibility_batch()
            .queue_url(self.url().await?)
            .set_entries(Some(entries.collect()))
            .customize()
            .interceptor(attempt.clone());
        let answer = attempt.conclude("ChangeMessageVisibilityBatch", request.send().await)?;
        let succeeded = answer.successful.iter().map(|entry| entry.id.as_str());
        Ok(convert::refused(changes.len(), succeeded, answer.failed))
    }

    async fn attributes(&self) -> Result<QueueAttributes, QueueError> {
        self.attributes_of(self.url().await?).await
    }

    async fn dead_letter_queue(&self, arn: &str) -> Result<Option<QueueAttributes>, QueueError> {
        let Some(url) = location::sibling(self.url().await?, arn) else { return Ok(None) };
        self.attributes_of(&url).await.map(Some)
    }

    async fn attributes_of(&self, url: &str) -> Result<QueueAttributes, QueueError> {
        let attempt = Attempt::new(&self.credentials);
        let request = self
            .settle
            .get_queue_attributes()
            .queue_url(url)
            .attribute_names(QueueAttributeName::All)
            .customize()
            .interceptor(attempt.clone());
        let answer = attempt.conclude("GetQueueAttributes", request.send().await)?;
        Ok(convert::attributes(&answer.attributes.unwrap_or_default()))
    }
}

impl Queue for SqsQueue {
    fn receive(&self, receive: Receive) -> BoxFuture<'_, Result<Vec<Message>, QueueError>> {
        self.receive(receive).boxed()
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

    fn dead_letter_queue<'a>(
        &'a self,
        arn: &'a str,
    ) -> BoxFuture<'a, Result<Option<QueueAttributes>, QueueError>> {
        self.dead_letter_queue(arn).boxed()
    }

    fn send_dead_letter<'a>(
        &'a self,
        arn: &'a str,
        letter: &'a DeadLetter,
    ) -> BoxFuture<'a, Result<bool, QueueError>> {
        self.send_to(arn, letter).boxed()
    }

    fn send_message<'a>(
        &'a self,
        message: &'a OutgoingMessage,
    ) -> BoxFuture<'a, Result<(), QueueError>> {
        self.send_outgoing(message).boxed()
    }

    fn locate(&self) -> BoxFuture<'_, Result<bool, QueueError>> {
        self.locate().boxed()
    }

    fn server(&self) -> Option<(&str, u16)> {
        self.location.get()?.server()
    }
}

/// Whole seconds, rounded up: rounded down, a wait of half a second would become a short poll.
fn seconds(duration: Duration) -> i32 {
    let up = u64::from(duration.subsec_nanos() > 0);
    i32::try_from(duration.as_secs() + up).unwrap_or(i32::MAX)
}

fn whole(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
