//! What the worker answers over HTTP: metrics and health. Read-only, on a thread and a runtime of its
//! own, so that it answers while the work is busy or stuck, and the last thing to stop.

mod routes;
mod server;

pub use server::{AdminError, AdminServer};
