//! Longshore, an Amazon SQS worker that you can see inside.

pub mod cli;
pub mod config;
pub mod handler;
pub mod queue;

pub use handler::{AnyHandler, Context, Handler, IntoVerdict, Verdict};
pub use queue::Message;
