//! Access and encryption.

mod encryption;
mod policy;
mod tags;

pub(super) use encryption::{encryption_off, no_customer_key};
pub(super) use policy::{open_policy, plain_transport, service_without_source};
pub(super) use tags::tags;
