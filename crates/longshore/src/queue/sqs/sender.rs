//! Sending batches, for demos, tests and benches. A worker does not use it.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;

use super::attempt::Attempt;
use super::convert;
use super::credentials::RenewedCredentials;
use crate::queue::api::Refused;
use crate::queue::failure::QueueError;

/// Sends messages to one queue. The metrics of a worker do not count its requests.
#[derive(Debug, Clone)]
pub struct Sender {
    pub(super) client: Client,
    pub(super) url: String,
    pub(super) credentials: RenewedCredentials,
}

impl Sender {
    /// Sends 1 to [`BATCH`](crate::queue::BATCH) messages in one request, and returns those that
    /// were refused. **Not cancel-safe**: after an error, or if it is dropped, SQS may still have
    /// the messages.
    pub async fn send_batch(&self, bodies: &[String]) -> Result<Vec<Refused>, QueueError> {
        let entries = bodies.iter().enumerate().map(|(index, body)| {
            SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(body)
                .build()
                .expect("id and body are set")
        });
        let attempt = Attempt::new(&self.credentials);
        let request = self
            .client
            .send_message_batch()
            .queue_url(&self.url)
            .set_entries(Some(entries.collect()))
            .customize()
            .interceptor(attempt.clone());
        let answer = request.send().await;
        let answer = answer.map_err(|error| attempt.failure("SendMessageBatch", error))?;
        let succeeded = answer.successful.iter().map(|entry| entry.id.as_str());
        Ok(convert::refused(bodies.len(), succeeded, answer.failed))
    }
}
