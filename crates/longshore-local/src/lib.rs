//! An SQS-compatible queue server in memory, for development and tests.

mod action;
mod actions;
mod clock;
mod directory;
mod faults;
mod live;
mod local_queue;
mod message;
mod options;
mod queue;
mod refusal;
mod server;
mod settings;

pub use action::{Action, RequestCounts};
pub use faults::{Fault, Faults, Rule};
pub use local_queue::LocalQueue;
pub use options::Options;
pub use queue::Counts;
pub use refusal::Refusal;
