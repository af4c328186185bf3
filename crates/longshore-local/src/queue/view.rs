//! The messages of a queue as a test sees them, without a receive.

use super::snapshot::{MessageView, Visibility};
use super::state::Queue;

/// One message of a queue, as [`Server::messages`](crate::Server::messages) returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The `MessageId`.
    pub id: String,
    /// The body.
    pub body: String,
    /// The `MessageGroupId`; `None` if the sender gave none.
    pub group: Option<String>,
    /// The number of receives, including those in the queues that the message was redriven from.
    pub receive_count: u32,
    /// Whether a receive can take it.
    pub state: MessageState,
}

/// Whether a receive can take a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MessageState {
    /// A receive can take it now, or when the earlier messages of its group are deleted.
    Visible,
    /// It was sent with a delay that has not ended.
    Delayed,
    /// It was received, and is not yet deleted or visible again.
    InFlight,
}

impl Queue {
    /// All messages in the order in which they were sent to this queue.
    pub(crate) fn view(&self) -> Vec<Message> {
        let mut messages: Vec<_> = self.messages.iter().collect();
        messages.sort_unstable_by_key(|(key, _)| **key);
        messages
            .into_iter()
            .map(|(&key, stored)| Message::new(&self.message_view(key, stored)))
            .collect()
    }
}

impl Message {
    fn new(view: &MessageView) -> Self {
        let envelope = &view.envelope;
        Self {
            id: envelope.content.message_id.clone(),
            body: envelope.content.body.clone(),
            group: envelope.group.as_deref().map(str::to_owned),
            receive_count: view.receive_count,
            state: match view.visibility {
                Visibility::Visible | Visibility::Blocked => MessageState::Visible,
                Visibility::Delayed(_) => MessageState::Delayed,
                Visibility::InFlight(_) => MessageState::InFlight,
            },
        }
    }
}
