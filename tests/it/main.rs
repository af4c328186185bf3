//! The integration tests: one binary, one module a subject.

#![allow(clippy::unwrap_used, reason = "what fails here fails a test, at the line that says so")]

mod check;
mod config;
mod config_rules;
mod config_samples;
