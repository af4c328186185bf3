//! Handlers that get several messages in one call, and the event and answer of AWS Lambda for those that
//! need no Rust.

mod call;
#[cfg(any(feature = "command", feature = "http"))]
pub(super) mod event;
#[cfg(any(feature = "command", feature = "http"))]
pub(super) mod failures;
#[cfg(any(feature = "http", feature = "lambda"))]
pub(super) mod function;
mod handler;
mod handling;
#[cfg(any(feature = "command", feature = "http"))]
mod unrepeated;

pub(crate) use call::{Cut, InBatch, SharedCall};
pub use handler::{AnyBatchHandler, BatchHandler};
pub(crate) use handling::Handling;
