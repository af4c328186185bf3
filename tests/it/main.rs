//! The integration tests: one binary, so that they link once.
#![allow(missing_docs, reason = "tests are read, not called")]
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

mod local;
mod local_faults;
mod local_polls;
mod local_support;
