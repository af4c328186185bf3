//! Collects messages for a batch handler. To the rest of the worker, it is a handler of single messages.

mod batching;
mod open;

pub(super) use batching::Batching;
