//! Reads the queues of an account. All requests only read.

mod connection;
mod dead_letters;
mod error;
mod failure;
mod found;
mod metrics;
mod progress;
mod queues;
mod reader;
mod selection;

pub use connection::Access;
pub use error::AccountError;
pub use progress::{Progress, Step};
pub use reader::{Scope, read};
pub use selection::Selection;
