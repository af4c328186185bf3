//! What the delivery of a message says of the worker that had it before.

use tokio::time::Instant;

use crate::account::Excuse;
use crate::sqs::Receipt;
use crate::world::State;

/// These allow a visibility timeout to end although the message is not settled.
const EXPIRED: [Excuse; 7] = [
    Excuse::Duplicate,
    Excuse::NotReceived,
    Excuse::Change,
    Excuse::Killed,
    Excuse::Suspended,
    Excuse::Late,
    Excuse::Unreachable,
];

/// The messages before a receive. For each whose visibility timeout has ended, the worker that did
/// not settle it.
pub(crate) struct Expired(Vec<Option<usize>>);

impl Expired {
    pub(crate) fn of(state: &State, now: Instant) -> Self {
        let holder = |message: usize| {
            let stored = &state.sqs.messages[message];
            let is_expired = !stored.was_returned && !state.sqs.is_hidden(message, now);
            stored.holder.filter(|_| is_expired)
        };
        Self((0..state.accounts.len()).map(holder).collect())
    }

    /// Checks the messages that a receive got.
    pub(crate) fn check(&self, state: &State, receipts: &[Receipt]) -> Vec<String> {
        let problem = |receipt: &Receipt| {
            let account = &state.accounts[receipt.message];
            let holder = self.0[receipt.message]?;
            // A stop does not wait forever for a delete that fails.
            let is_stopping = state.processes[holder].is_stopping;
            let is_allowed = account.has(&EXPIRED) || is_stopping && account.has(&[Excuse::Delete]);
            (!is_allowed).then(|| format!("{receipt}: w{holder} let the visibility timeout end"))
        };
        receipts.iter().filter_map(problem).collect()
    }
}
