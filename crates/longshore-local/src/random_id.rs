//! Random ids of messages, requests, queues and tasks.

use uuid::{Builder, Uuid};

/// A UUID of version 4. It is unique, but can be guessed: nothing in this server is a secret.
pub(crate) fn random_id() -> Uuid {
    Builder::from_random_bytes(fastrand::u128(..).to_ne_bytes()).into_uuid()
}
