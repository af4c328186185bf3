//! The integration tests: one binary, so that it is linked once.
#![allow(clippy::unwrap_used, missing_docs)]

mod handlers;
