//! One queue as it runs: the state machine behind its mutex, the long polls that wait on it, and the
//! task that wakes them when time alone makes a message visible. It knows nothing of HTTP.

#[cfg(test)]
mod fixture;
mod handle;
mod polls;
mod receive;
mod ticket;
mod timekeeper;
mod watch;

pub(crate) use handle::Live;
pub(crate) use receive::{Reception, Wait};
pub(crate) use timekeeper::keep_time;
