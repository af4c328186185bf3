//! SQS, as far as leases need it.

use crate::lease::Lease;

/// Ticks of a visibility timeout.
pub(crate) const VISIBILITY: u8 = 3;

/// Ticks until a failed message is visible again.
pub(crate) const BACKOFF: u8 = 1;

/// One message in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stored {
    pub(crate) visibility: Visibility,
    /// How many times it was received. Also the receipt of the last receive.
    pub(crate) receives: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Visibility {
    Visible,
    /// For this number of ticks.
    Hidden(u8),
    Deleted,
}

impl Stored {
    pub(crate) fn new() -> Self {
        Self { visibility: Visibility::Visible, receives: 0 }
    }

    pub(crate) fn is_visible(&self) -> bool {
        self.visibility == Visibility::Visible
    }

    pub(crate) fn is_hidden_by(&self, receipt: u8) -> bool {
        matches!(self.visibility, Visibility::Hidden(_)) && self.receives == receipt
    }

    /// Whether the timeout ends later than the worker knows.
    pub(crate) fn outlasts(&self, lease: &Lease) -> bool {
        matches!(self.visibility, Visibility::Hidden(left) if left > lease.left)
            && self.receives == lease.receipt
    }

    /// Whether this receive hides the message for longer than the back-off of a failed one.
    pub(crate) fn is_hidden_long_by(&self, receipt: u8) -> bool {
        matches!(self.visibility, Visibility::Hidden(left) if left > BACKOFF)
            && self.receives == receipt
    }

    /// Hands the message out, and returns the receipt.
    pub(crate) fn receive(&mut self) -> u8 {
        self.receives += 1;
        self.visibility = Visibility::Hidden(VISIBILITY);
        self.receives
    }

    /// Changes the timeout. Returns `false` if the receipt is not that of the last receive, or if its
    /// timeout has ended and `is_late` is not accepted.
    pub(crate) fn change(&mut self, receipt: u8, ticks: u8, is_late: bool) -> bool {
        let is_late = is_late && self.is_visible() && self.receives == receipt;
        if !is_late && !self.is_hidden_by(receipt) {
            return false;
        }
        self.visibility = if ticks == 0 { Visibility::Visible } else { Visibility::Hidden(ticks) };
        true
    }

    /// SQS accepts a delete with an old receipt, but may not delete the message.
    pub(crate) fn delete(&mut self, receipt: u8) {
        if self.receives == receipt {
            self.visibility = Visibility::Deleted;
        }
    }

    pub(crate) fn tick(&mut self) {
        if let Visibility::Hidden(left) = &mut self.visibility {
            *left -= 1;
            if *left == 0 {
                self.visibility = Visibility::Visible;
            }
        }
    }
}
