//! What requests cost.

mod empty_receives;
mod heartbeats;
mod messages;
mod unused_queue;

pub(crate) use empty_receives::Empties;
pub(super) use empty_receives::{empty_receives, idle_pollers, wait_time_zero};
pub(super) use heartbeats::heartbeats;
pub(super) use messages::{fifo_price, large_messages};
pub(super) use unused_queue::unused_queue;
