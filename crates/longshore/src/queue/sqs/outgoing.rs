//! Sends a message to the queue itself. The permission for it is a separate one.

use super::attempt::Attempt;
use super::convert;
use super::sqs_queue::SqsQueue;
use crate::queue::{OutgoingMessage, QueueError};

impl SqsQueue {
    pub(super) async fn send_outgoing(&self, message: &OutgoingMessage) -> Result<(), QueueError> {
        let attempt = Attempt::new(&self.credentials);
        let request = self
            .settle
            .send_message()
            .queue_url(self.url().await?)
            .message_body(&message.body)
            .set_message_attributes(Some(convert::message_attributes(&message.attributes)))
            .customize()
            .interceptor(attempt.clone());
        attempt.conclude("SendMessage", request.send().await)?;
        Ok(())
    }
}
