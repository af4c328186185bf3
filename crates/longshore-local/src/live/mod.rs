//! A queue that serves requests: the state machine of [`crate::queue`] behind a mutex, the long
//! polls that wait on it, and the task that wakes them when a message becomes visible by time
//! alone. This module does not use HTTP.

#[cfg(all(test, shuttle))]
mod interleavings;
mod long_poll;
mod polls;
mod queue;
#[cfg(test)]
mod tests;
mod wakeup;

pub(crate) use long_poll::{ReceiveOutcome, Wait};
pub(crate) use queue::{DeadLetterQueues, LiveQueue};
pub(crate) use wakeup::run_timer;
