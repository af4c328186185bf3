//! The file of `longshore local --init`: the queues of the local server at its start. It is another
//! file than the configuration, and its errors have the same form.

mod file;
mod queue;
mod reader;

pub use file::load_init;
pub use queue::{Given, InitMessage, InitQueue, InitRedrive};
