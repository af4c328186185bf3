//! The envelopes in which SNS, EventBridge and S3 send messages to a queue. A body is recognized by
//! its required fields and their types. Everything else stays as it is, byte for byte. A pointer to
//! a payload in S3 is recognized in the same way.

mod contents;
mod event_bridge;
mod object;
mod pointer;
#[cfg(test)]
mod property;
mod s3;
mod sns;
#[cfg(test)]
mod tests;
mod unwrapper;

pub(crate) use pointer::{Pointed, pointed, with_payload};
pub(crate) use unwrapper::{Unwrapped, Unwrapper};
