//! A message that is being handled: what is known of it, and how it ends.

use std::time::Duration;

use super::disposition::Outcome;
use super::lease::Lease;
use super::slots::Slot;
use crate::queue::Message;

/// A message in flight, and how its last call ended.
pub(super) struct Work {
    pub(super) message: Message,
    pub(super) lease: Lease,
    pub(super) slot: Option<Slot>,
    /// The end of the last call.
    pub(super) last: Option<Outcome>,
    /// The application got the message in this receive.
    pub(super) started: bool,
    pub(super) ran: Duration,
}

/// Whether other messages wait for this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// None does: the queue is a standard queue.
    Any,
    /// Those of its group do. `has_next` is whether this process has one of them.
    InGroup { has_next: bool },
}

/// How a message ended.
pub(super) struct End {
    /// Whether the next message of its group can be handled: it is processed, or it will be a dead
    /// letter.
    pub(super) passes: bool,
    /// When it comes back if it does not pass.
    pub(super) back_after: Duration,
    /// Free for another message.
    pub(super) slot: Option<Slot>,
}

impl Work {
    /// A message whose handler can start.
    pub(super) fn new(message: Message, mut lease: Lease, slot: Option<Slot>) -> Self {
        lease.leave_buffer();
        Self { message, lease, slot, last: None, started: false, ran: Duration::ZERO }
    }

    /// Whether its last call has processed it.
    pub(super) fn is_done(&self) -> bool {
        self.last == Some(Outcome::Done)
    }

    /// The message and its lease, whatever its last call said.
    pub(super) fn again(self) -> (Message, Lease) {
        (self.message, self.lease)
    }
}
