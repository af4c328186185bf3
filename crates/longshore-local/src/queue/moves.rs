//! Moving messages to another queue. A message stays in its queue, hidden, until the other queue has
//! it. So no step loses it, and no client can receive it from both queues.

use std::sync::Arc;

use super::message::{Envelope, Key, NewMessage, State};
use super::state::Queue;
use crate::clock::Moment;
use crate::settings::Number;

/// How long a message is hidden if its move does not end. Each move ends at once, but the clock can
/// be advanced by years in the meantime.
const HIDDEN_SECONDS: u32 = u32::MAX;

/// A message that is about to leave its queue.
#[derive(Debug)]
pub(crate) struct Departure {
    key: Key,
    pub(crate) envelope: Arc<Envelope>,
}

impl Queue {
    /// Hides the next visible message until [`Queue::finish_move`] or [`Queue::undo_move`]. Its
    /// earlier receipts become stale.
    pub(crate) fn begin_move(&mut self, now: Moment) -> Option<Departure> {
        let key = self.order.peek(1).first().copied()?;
        self.last_serial += 1;
        let stored = self.messages.get_mut(&key)?;
        stored.serial = self.last_serial;
        let envelope = Arc::clone(&stored.envelope);
        self.transition(key, State::InFlight(now.after_seconds(HIDDEN_SECONDS)));
        Some(Departure { key, envelope })
    }

    /// Removes a message that another queue has accepted.
    pub(crate) fn finish_move(&mut self, departure: Departure) {
        self.remove(departure.key);
    }

    /// Shows a message that no other queue has accepted.
    pub(crate) fn undo_move(&mut self, departure: Departure) {
        self.transition(departure.key, State::Visible);
    }

    /// Stores a message that leaves another queue, as a new message with the delay of this queue.
    /// In a FIFO queue the old message id becomes the deduplication id, so that no earlier message
    /// makes it a duplicate.
    pub(crate) fn accept_moved(&mut self, now: Moment, departure: &Departure) {
        let envelope = &departure.envelope;
        let message = NewMessage {
            content: envelope.content.renewed(),
            delay: None,
            group: envelope.group.as_deref().map(str::to_owned),
            deduplication_id: None,
            in_batch: false,
        };
        let id = self.is_fifo().then(|| envelope.content.message_id.clone());
        self.accept(now, message, self.settings[Number::DelaySeconds], id);
    }
}
