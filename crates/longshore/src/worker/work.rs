//! A message that is being handled: what is known of it, and how it ends.

use std::time::Duration;

use super::disposition::Outcome;
use super::lease::Lease;
use super::payloads::Fetched;
use super::slots::Slot;
use crate::queue::Message;

/// A message in flight, and how its last call ended.
pub(super) struct Work {
    pub(super) message: Message,
    pub(super) lease: Lease,
    /// The route that takes it.
    pub(super) route: usize,
    /// What the handler gets instead of the message, because its payload was elsewhere. It stays in
    /// memory, so that another call does not read it again. Boxed, because most messages have none.
    pub(super) fetched: Option<Box<Fetched>>,
    /// Its handler runs only while it has one.
    pub(super) slot: Option<Slot>,
    /// The end of the last call.
    pub(super) last: Option<Outcome>,
    /// The application got the message in this receive.
    pub(super) started: bool,
    /// A stop has interrupted its handler.
    pub(super) interrupted: bool,
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
    pub(super) passage: Passage,
    /// When it comes back if the next one cannot be handled.
    pub(super) back_after: Duration,
    /// Free for another message.
    pub(super) slot: Option<Slot>,
}

/// What a message that has ended means for the next one of its group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passage {
    /// The next one can be handled: this one is processed, or it will be a dead letter.
    Open,
    /// Its handler failed, so it comes back first.
    Failed,
    /// It comes back first, and its handler is not the reason: the lease was lost, or the circuit
    /// breaker returned it.
    Returned,
}

impl Work {
    /// A message whose handler has not started.
    pub(super) fn new(message: Message, lease: Lease, route: usize) -> Self {
        Self {
            message,
            lease,
            route,
            fetched: None,
            slot: None,
            last: None,
            started: false,
            interrupted: false,
            ran: Duration::ZERO,
        }
    }

    /// The same with a slot, so that its handler can start.
    pub(super) fn with_slot(self, slot: Option<Slot>) -> Self {
        Self { slot, ..self }
    }

    /// Whether its last call has processed it.
    pub(super) fn is_done(&self) -> bool {
        self.last == Some(Outcome::Done)
    }

    /// It waits for another call, whatever its last call said.
    pub(super) fn again(self) -> Self {
        let interrupted = self.interrupted || self.last == Some(Outcome::Interrupted);
        Self { slot: None, last: None, interrupted, ..self }
    }
}
