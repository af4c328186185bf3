//! A process for each message: its environment, its life and death, and what its exit code means.
//! Knows nothing of what the program does.

mod batch;
mod environment;
mod exit;
mod run;
mod stderr;

pub use run::{CommandError, CommandHandler};
pub use stderr::Stderr;
