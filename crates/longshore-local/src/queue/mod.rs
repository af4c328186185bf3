//! One queue as a pure state machine: every method takes the time, none waits, locks or does I/O.
//! It knows nothing of HTTP, of long polls or of other queues.

mod fifo_line;
#[cfg(test)]
mod fixture;
mod line;
mod message;
mod receipt;
mod receive;
mod send;
mod settle;
mod standard_line;
mod state;
mod window;

pub use state::Counts;

pub(crate) use message::{DeadLetter, Delivery};
pub(crate) use receipt::Receipt;
pub(crate) use receive::Ask;
pub(crate) use send::{Outgoing, Sent};
pub(crate) use state::Queue;
