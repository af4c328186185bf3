//! The requests that a fake queue has got.

use crate::cost::pricing;
use crate::queue::BATCH;

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// A receive that has ended.
    Receive {
        /// The number of messages that it asked for.
        asked: usize,
        /// The number of messages that it returned.
        brought: usize,
    },
    /// A delete of this number of messages.
    Delete(usize),
    /// A change of visibility, with the new timeouts in whole seconds.
    ChangeVisibility(Vec<u64>),
    /// A send to the dead-letter queue.
    SendDeadLetter,
    /// A send to the queue itself.
    Send,
}

/// Counts of requests and messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CallCounts {
    /// Receives that returned ten messages.
    pub full: u64,
    /// Receives that returned fewer messages.
    pub partial: u64,
    /// Receives that returned no message.
    pub empty: u64,
    /// Deletes.
    pub deletes: u64,
    /// Changes of visibility.
    pub changes: u64,
    /// Sends, to the dead-letter queue and to the queue itself.
    pub sends: u64,
    /// Requests for the attributes.
    pub attributes: u64,
    /// Requests as SQS bills them.
    pub billed: u64,
    /// Messages received; each delivery counts.
    pub received: u64,
    /// Messages received again.
    pub redelivered: u64,
    /// Messages deleted.
    pub deleted: u64,
}

impl CallCounts {
    pub(super) fn add_receive(&mut self, messages: usize, payload_bytes: usize) {
        match messages {
            0 => self.empty += 1,
            BATCH => self.full += 1,
            _ => self.partial += 1,
        }
        self.billed += pricing::billed_chunks(payload_bytes as u64);
    }

    pub(super) fn add_delete(&mut self) {
        self.deletes += 1;
        self.billed += 1;
    }

    pub(super) fn add_change(&mut self) {
        self.changes += 1;
        self.billed += 1;
    }

    pub(super) fn add_attributes(&mut self) {
        self.attributes += 1;
        self.billed += 1;
    }

    pub(super) fn add_send(&mut self, payload_bytes: usize) {
        self.sends += 1;
        self.billed += pricing::billed_chunks(payload_bytes as u64);
    }

    /// All requests.
    pub fn requests(&self) -> u64 {
        self.receives() + self.deletes + self.changes + self.sends + self.attributes
    }

    /// All receives.
    pub fn receives(&self) -> u64 {
        self.full + self.partial + self.empty
    }

    /// The counts since an `earlier` moment.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            full: self.full - earlier.full,
            partial: self.partial - earlier.partial,
            empty: self.empty - earlier.empty,
            deletes: self.deletes - earlier.deletes,
            changes: self.changes - earlier.changes,
            sends: self.sends - earlier.sends,
            attributes: self.attributes - earlier.attributes,
            billed: self.billed - earlier.billed,
            received: self.received - earlier.received,
            redelivered: self.redelivered - earlier.redelivered,
            deleted: self.deleted - earlier.deleted,
        }
    }
}
