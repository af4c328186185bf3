//! The circuit breaker of one queue. While it is open, polling pauses, and messages that are in
//! hand stay there: one of them is tried again at growing intervals, after a check without a
//! message. So an outage costs no receives beyond those of the messages in flight when it began.

mod circuit;
mod state;
#[cfg(test)]
mod tests;
mod turn;

pub(super) use circuit::Breaker;
pub(super) use turn::{Call, Held, Turn};
