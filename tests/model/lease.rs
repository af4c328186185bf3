//! What a worker believes about one message.

use crate::queue::VISIBILITY;

/// One receive of one message, until it is settled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Lease {
    pub(crate) message: usize,
    pub(crate) receipt: u8,
    /// Ticks until the worker believes that the timeout ends.
    pub(crate) left: u8,
    pub(crate) work: Work,
    /// Whether the settle is on its way.
    pub(crate) is_settling: bool,
}

/// What the worker does with the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Work {
    /// It waits for a slot.
    Buffered,
    /// Its handler runs.
    Handled,
    /// Its handler processed it: a delete is missing.
    Processed,
    /// Its handler failed: it is to be returned after a back-off.
    Failed,
    /// A stop releases it at once.
    Unwanted,
    /// The lease is lost, but the handler runs. Only if the protocol is broken.
    Outlived,
}

/// A heartbeat on its way to SQS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Heartbeat {
    pub(crate) message: usize,
    pub(crate) receipt: u8,
    /// Ticks since it was sent.
    pub(crate) age: u8,
}

impl Lease {
    pub(crate) fn new(message: usize, receipt: u8) -> Self {
        Self { message, receipt, left: VISIBILITY, work: Work::Buffered, is_settling: false }
    }

    /// Whether the worker acts as if no other one had the message.
    pub(crate) fn is_believed(&self) -> bool {
        matches!(self.work, Work::Handled | Work::Outlived)
    }

    pub(crate) fn is_ready_to_settle(&self) -> bool {
        matches!(self.work, Work::Processed | Work::Failed | Work::Unwanted)
    }

    pub(crate) fn is_due_for_heartbeat(&self) -> bool {
        // After a failed delete, a processed message needs heartbeats again.
        let is_kept = matches!(self.work, Work::Buffered | Work::Handled | Work::Processed);
        is_kept && !self.is_settling && self.left <= VISIBILITY / 2
    }

    /// A heartbeat of this age was answered. The timeout counts from when it was sent.
    pub(crate) fn extended(&mut self, age: u8) {
        self.left = self.left.max(VISIBILITY.saturating_sub(age));
    }

    pub(crate) fn tick(&mut self) {
        self.left = self.left.saturating_sub(1);
    }
}

impl Heartbeat {
    pub(crate) fn of(lease: &Lease) -> Self {
        Self { message: lease.message, receipt: lease.receipt, age: 0 }
    }

    pub(crate) fn is_of(&self, lease: &Lease) -> bool {
        (self.message, self.receipt) == (lease.message, lease.receipt)
    }

    pub(crate) fn tick(&mut self) {
        self.age = (self.age + 1).min(VISIBILITY);
    }
}
