//! Sends a rejected message to the dead-letter queue. The permission for it is a separate one.

use super::attempt::Attempt;
use super::sqs_queue::SqsQueue;
use super::{convert, location};
use crate::queue::{DeadLetter, QueueError};

impl SqsQueue {
    pub(super) async fn send_to(&self, arn: &str, letter: &DeadLetter) -> Result<bool, QueueError> {
        let Some(url) = location::sibling(self.url().await?, arn) else { return Ok(false) };
        let deduplication = arn.ends_with(".fifo").then(|| letter.deduplication_id.to_string());
        let attempt = Attempt::new(&self.credentials);
        let request = self
            .settle
            .send_message()
            .queue_url(url)
            .message_body(&letter.body)
            .set_message_attributes(Some(convert::message_attributes(&letter.attributes)))
            .set_message_system_attributes(
                letter.trace_header.as_deref().map(convert::trace_header),
            )
            .set_message_group_id(letter.group_id.clone())
            .set_message_deduplication_id(deduplication)
            .customize()
            .interceptor(attempt.clone());
        attempt.conclude("SendMessage", request.send().await)?;
        Ok(true)
    }
}
