//! A process for each message: its environment, its life and death, and what its exit code means.
//! Knows nothing of what the program does.

mod environment;
mod exit;
mod group;
mod run;

pub use run::{CommandError, CommandHandler};
