//! The envelopes in which SNS, EventBridge and S3 send messages to a queue. A body is recognized by
//! its required fields and their types. Everything else stays as it is, byte for byte.

mod contents;
mod event_bridge;
mod object;
#[cfg(test)]
mod property;
mod s3;
mod sns;
#[cfg(test)]
mod tests;
mod unwrapper;

pub(crate) use unwrapper::{Unwrapped, Unwrapper};
