//! One queue as a pure state machine: every method takes the current time, and none waits, locks or
//! does I/O. This module does not use HTTP, long polls or other queues.

mod message;
mod moves;
mod order;
mod receive;
mod send;
mod settle;
mod snapshot;
mod state;
#[cfg(test)]
mod tests;
mod view;
mod window;

pub use state::Counts;
pub use view::{Message, MessageState};

pub(crate) use message::{DeadLetter, Delivery, Envelope, NewMessage, Receipt, Sent};
pub(crate) use moves::Departure;
pub(crate) use receive::ReceiveOptions;
pub(crate) use snapshot::{MessageView, Visibility};
pub(crate) use state::Queue;
