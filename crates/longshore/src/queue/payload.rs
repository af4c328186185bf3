//! What the worker needs of the store of payloads that are too large for SQS.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::format::bounded;

/// Where payloads are stored. Each call sends one request and makes no retries.
pub trait PayloadStore: Send + Sync + 'static {
    /// Reads an object. Fails with [`PayloadFailure::TooLarge`] without reading on if it has more
    /// than `limit` bytes. Cancel-safe.
    fn read<'a>(
        &'a self,
        object: &'a PayloadObject,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, PayloadError>>;

    /// Deletes an object. It may be repeated: a second delete succeeds too.
    fn delete<'a>(&'a self, object: &'a PayloadObject) -> BoxFuture<'a, Result<(), PayloadError>>;
}

impl<S: PayloadStore + ?Sized> PayloadStore for Arc<S> {
    fn read<'a>(
        &'a self,
        object: &'a PayloadObject,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<u8>, PayloadError>> {
        (**self).read(object, limit)
    }

    fn delete<'a>(&'a self, object: &'a PayloadObject) -> BoxFuture<'a, Result<(), PayloadError>> {
        (**self).delete(object)
    }
}

/// An object with a payload. A sender chose both values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PayloadObject {
    /// The bucket.
    pub bucket: String,
    /// The key: 1 to 1,024 bytes.
    pub key: String,
}

/// `s3://bucket/key`, without control characters, and shortened.
impl fmt::Display for PayloadObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&bounded(format!("s3://{}/{}", self.bucket, self.key)))
    }
}

/// A request for a payload that failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{text}")]
#[non_exhaustive]
pub struct PayloadError {
    /// What to do about it.
    pub failure: PayloadFailure,
    /// What the store answered, or why it did not.
    pub text: String,
}

/// The kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PayloadFailure {
    /// The object does not exist, or it is archived.
    Missing,
    /// The object is larger than the limit.
    TooLarge,
    /// The store refuses the request: no permission, or no such bucket.
    Refused,
    /// There was no connection, no answer in time, or the store failed.
    Unavailable,
}

impl PayloadError {
    /// A failure with this text. Secrets in it are masked.
    pub fn new(failure: PayloadFailure, text: impl Into<String>) -> Self {
        Self { failure, text: bounded(text.into()) }
    }
}
