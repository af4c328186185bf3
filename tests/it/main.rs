//! Everything that is tested with more than one room at work. One binary, so that it links once.

#![allow(missing_docs, unreachable_pub, reason = "a test binary has no callers")]
#![allow(clippy::unwrap_used, reason = "what fails here fails a test, at the line that says so")]

mod architecture;
mod check;
mod config;
mod config_rules;
mod config_samples;
mod delivery;
mod documents;
mod drain;
mod handlers;
mod lease;
mod local;
mod local_faults;
mod local_polls;
mod local_support;
mod process;
mod rules;
mod scrape;
mod settling;
mod sqs;
mod support;
