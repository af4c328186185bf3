//! The faults that a test has requested, in their order.

use std::collections::VecDeque;
use std::time::Duration;

use crate::queue::{FailureKind, QueueError};

/// What the next requests do.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// `None` for a receive that succeeds.
    pub(super) receives: VecDeque<Option<FailureKind>>,
    pub(super) settles: VecDeque<FailureKind>,
    pub(super) deletes_denied: bool,
    pub(super) attributes: VecDeque<FailureKind>,
    pub(super) dead_letters: VecDeque<FailureKind>,
    pub(super) sends: VecDeque<FailureKind>,
    pub(super) outgoing: VecDeque<FailureKind>,
    pub(super) send_delay: Duration,
    pub(super) settle_delays: VecDeque<Duration>,
    /// Whether the sender is at fault, for the next entries of batches.
    pub(super) refused_entries: VecDeque<bool>,
    pub(super) answer_delay: Duration,
    pub(super) lost_answers: usize,
    pub(super) returns_too_many: bool,
    pub(super) ignores_wait: bool,
    pub(super) never_answers_attributes: bool,
}

impl Faults {
    /// The failure of the next receive, if it fails.
    pub(super) fn next_receive(&mut self) -> Option<FailureKind> {
        self.receives.pop_front().flatten()
    }

    /// Whether the answer of this receive is lost.
    pub(super) fn loses_answer(&mut self) -> bool {
        let is_lost = self.lost_answers > 0;
        self.lost_answers -= usize::from(is_lost);
        is_lost
    }

    /// No receive, no settle and no send fails any more.
    pub(super) fn heal(&mut self) {
        self.sends.clear();
        self.outgoing.clear();
        self.receives.clear();
        self.settles.clear();
        self.deletes_denied = false;
    }
}

/// The error of a request that fails on purpose.
pub(super) fn failure(kind: FailureKind) -> QueueError {
    QueueError::new("FakeRequest", kind)
}
