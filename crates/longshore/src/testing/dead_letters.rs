//! The dead-letter queue of a fake queue: what it reports, and what is sent to it.

use std::time::Duration;

use tokio::time::sleep;

use super::calls::Call;
use super::fake_queue::FakeQueue;
use super::faults::failure;
use crate::queue::{DeadLetter, FailureKind, QueueAttributes, QueueError};

/// Its ARN.
pub(super) const DEAD_LETTERS: &str = "arn:aws:sqs:us-east-1:000000000000:fake-dead";

impl FakeQueue {
    /// Reports a dead-letter queue with these messages and this retention. The queue does not move
    /// messages.
    pub fn report_dead_letters(&self, messages: u64, retention: Duration) {
        self.lock().dead_letters = Some(QueueAttributes {
            visible: messages,
            retention_seconds: retention.as_secs(),
            ..QueueAttributes::default()
        });
    }

    /// The next requests for the attributes of the dead-letter queue fail.
    pub fn fail_dead_letter_queue(&self, kinds: &[FailureKind]) {
        self.lock().faults.dead_letters.extend(kinds);
    }

    /// What was sent to the dead-letter queue, in order.
    pub fn dead_letters(&self) -> Vec<DeadLetter> {
        self.lock().sent_dead_letters.clone()
    }

    /// The next sends to the dead-letter queue fail.
    pub fn fail_sends(&self, kinds: &[FailureKind]) {
        self.lock().faults.sends.extend(kinds);
    }

    /// Sends to the dead-letter queue take this time. They take effect at its end.
    pub fn delay_sends(&self, delay: Duration) {
        self.lock().faults.send_delay = delay;
    }

    pub(super) async fn send_to_dead_letters(
        &self,
        arn: &str,
        letter: &DeadLetter,
    ) -> Result<bool, QueueError> {
        assert_eq!(arn, DEAD_LETTERS);
        let delay = self.change(|state| {
            if self.records_calls {
                state.calls.push(Call::SendDeadLetter);
            }
            state.faults.send_delay
        });
        sleep(delay).await;
        self.change(|state| {
            state.store.counts.add_send(letter.payload_bytes());
            if let Some(kind) = state.faults.sends.pop_front() {
                return Err(failure(kind));
            }
            state.sent_dead_letters.push(letter.clone());
            Ok(true)
        })
    }
}
