//! The metrics of what happens to messages that are rejected.

use metrics::Counter;

use super::catalog;
use super::series::{Family, Registrar, all};
use crate::config::{OnReject, QueueConfig};
use crate::outcome::DeadLetterMove;

/// Registered for queues with the settings that they need.
pub(super) struct RejectMetrics {
    /// Only of a queue with `on_reject = "dead_letter"`.
    moves: Option<Family<DeadLetterMove, Counter>>,
    /// Only of a queue with `max_age`.
    expired: Option<Counter>,
}

impl RejectMetrics {
    pub(super) fn register(r: &Registrar, config: &QueueConfig) -> Self {
        Self {
            moves: (config.on_reject() == OnReject::DeadLetter)
                .then(|| r.counters(&catalog::DEAD_LETTER_MOVES, all)),
            expired: config.max_age().map(|_| r.counter(&catalog::MESSAGES_EXPIRED, &[])),
        }
    }

    pub(super) fn moved(&self, result: DeadLetterMove) {
        self.moves.iter().for_each(|moves| moves.get(result).increment(1));
    }

    pub(super) fn expired(&self) {
        self.expired.iter().for_each(|expired| expired.increment(1));
    }
}
