//! Sending, for those who need something to receive: the demo, a test, a bench. The worker never sends.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use super::attempt::Departure;
use super::classify::kind;
use super::convert;
use crate::queue::{QueueError, Refused};

/// Sends to one queue. Its requests are no part of a worker's metrics.
#[derive(Debug, Clone)]
pub struct Sender {
    pub(super) client: Client,
    pub(super) url: String,
}

impl Sender {
    /// Sends one to [`BATCH`](crate::queue::BATCH) messages in one request, and answers with those
    /// that were refused. After an error, or cut off, SQS may have them all the same.
    pub async fn send_batch(&self, bodies: &[String]) -> Result<Vec<Refused>, QueueError> {
        let entries = bodies.iter().enumerate().map(|(index, body)| {
            SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(body)
                .build()
                .expect("id and body are set")
        });
        let departure = Departure::default();
        let request = self
            .client
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries.collect()))
            .customize()
            .interceptor(departure.clone());
        let answer = request.send().await.map_err(|error| QueueError {
            action: "SendMessageBatch",
            kind: kind(&error, departure.has_left()),
            code: error.code().map(str::to_owned),
            source: Some(Box::new(error)),
        })?;
        let succeeded = answer.successful.iter().map(|entry| entry.id.as_str());
        Ok(convert::refused(bodies.len(), succeeded, answer.failed))
    }
}
