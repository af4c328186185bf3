//! The values in effect, and their sources.

use super::place::Place;

/// A value in effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// Its group: `shutdown`, `queue.orders`; empty for the top level.
    pub group: String,
    /// Its key in the group, such as `handler.timeout`.
    pub key: String,
    /// The value as text.
    pub value: String,
    /// Its source. The value of a queue can come from `defaults`.
    pub place: Place,
}
