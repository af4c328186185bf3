//! The messages that a worker sends to a fake queue.

use tokio::time::Instant;

use super::calls::Call;
use super::fake_queue::FakeQueue;
use super::faults::failure;
use crate::queue::{FailureKind, OutgoingMessage, QueueError};

impl FakeQueue {
    /// The messages that workers sent to this queue, in order.
    pub fn outgoing(&self) -> Vec<OutgoingMessage> {
        self.lock().outgoing.clone()
    }

    /// The next sends to this queue fail.
    pub fn fail_outgoing(&self, kinds: &[FailureKind]) {
        self.lock().faults.outgoing.extend(kinds);
    }

    /// The message can be received afterwards, without its attributes.
    pub(super) async fn send_outgoing(&self, message: &OutgoingMessage) -> Result<(), QueueError> {
        self.change(|state| {
            if self.records_calls {
                state.calls.push(Call::Send);
            }
            state.store.counts.add_send(message.payload_bytes());
            if let Some(kind) = state.faults.outgoing.pop_front() {
                return Err(failure(kind));
            }
            state.outgoing.push(message.clone());
            state.store.send(Instant::now(), None, message.body.clone());
            Ok(())
        })
    }
}
