//! Everything that is tested with more than one room at work. One binary, so that it links once.
#![allow(missing_docs, unreachable_pub, reason = "a test binary has no callers")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod architecture;
mod delivery;
mod drain;
mod lease;
mod scrape;
mod settling;
mod support;
