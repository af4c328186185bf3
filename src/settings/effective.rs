//! What is in effect, and who said so.

use super::place::Place;

/// A value that is in effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// What it belongs to: `shutdown`, `queue.orders`; empty for the top level.
    pub group: String,
    /// Its key in there, as in `handler.timeout`.
    pub key: String,
    /// The value, as it would be written.
    pub value: String,
    /// Where it was written. A queue's value may come from `defaults`.
    pub place: Place,
}
