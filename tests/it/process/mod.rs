//! The real binary: real signals, real handlers, a local queue in the test.

mod admin;
mod app;
mod drain;
mod http;
mod longshore;
mod mistakes;
mod until_empty;
