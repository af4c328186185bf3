//! What the queue was asked for, by action.

use longshore::cost::pricing;
use longshore::queue::BATCH;

/// Bytes of each body.
const BODY_BYTES: u64 = 1024;

/// Requests, and the messages that went with them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Receives that brought ten messages, fewer, none.
    pub full: u64,
    pub partial: u64,
    pub empty: u64,
    pub deletes: u64,
    /// Changes of visibility: heartbeats and returns.
    pub changes: u64,
    pub attributes: u64,
    /// Requests as SQS bills them.
    pub billed: u64,
    /// Messages handed out, again and again where that happened.
    pub received: u64,
    /// Messages handed out that had been handed out before.
    pub redelivered: u64,
    pub deleted: u64,
}

impl Counts {
    pub fn receive(&mut self, brought: usize) {
        match brought {
            0 => self.empty += 1,
            BATCH => self.full += 1,
            _ => self.partial += 1,
        }
        self.billed += pricing::billed_chunks(brought as u64 * BODY_BYTES);
    }

    pub fn delete(&mut self) {
        self.deletes += 1;
        self.billed += pricing::billed_chunks(0);
    }

    pub fn change(&mut self) {
        self.changes += 1;
        self.billed += pricing::billed_chunks(0);
    }

    pub fn attributes(&mut self) {
        self.attributes += 1;
        self.billed += pricing::billed_chunks(0);
    }

    pub fn requests(&self) -> u64 {
        self.receives() + self.deletes + self.changes + self.attributes
    }

    pub fn receives(&self) -> u64 {
        self.full + self.partial + self.empty
    }

    /// What has come since these `earlier` counts.
    pub fn since(self, earlier: Self) -> Self {
        Self {
            full: self.full - earlier.full,
            partial: self.partial - earlier.partial,
            empty: self.empty - earlier.empty,
            deletes: self.deletes - earlier.deletes,
            changes: self.changes - earlier.changes,
            attributes: self.attributes - earlier.attributes,
            billed: self.billed - earlier.billed,
            received: self.received - earlier.received,
            redelivered: self.redelivered - earlier.redelivered,
            deleted: self.deleted - earlier.deleted,
        }
    }
}
