//! The memory for the bodies of requests, which all connections share.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;

/// Bytes. Enough for a batch of 1 MiB in which JSON escapes every byte.
pub(super) const MAX_BODY_BYTES: usize = 8 * 1024 * 1024;

/// The bytes of all bodies whose requests are not answered yet.
#[derive(Debug)]
pub(super) struct Bodies {
    bytes: AtomicUsize,
    limit: usize,
}

/// The memory of one body. Dropping it frees the memory for others.
#[derive(Debug)]
pub(super) struct Reserved<'a> {
    bodies: &'a Bodies,
    bytes: usize,
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(super) enum Unread {
    TooLong,
    /// The bodies of all connections have too many bytes.
    NoMemory,
    Disconnected,
}

impl Bodies {
    pub(super) fn new(limit: usize) -> Self {
        Self { bytes: AtomicUsize::new(0), limit }
    }

    pub(super) fn reserve(&self) -> Reserved<'_> {
        Reserved { bodies: self, bytes: 0 }
    }
}

impl Reserved<'_> {
    /// Reads a body. The result stays in this memory.
    pub(super) async fn read(&mut self, mut body: Incoming) -> Result<Bytes, Unread> {
        // Most bodies have one part, which needs no copy. Each part keeps its buffer, so more are copied.
        let (mut first, mut all) = (Bytes::new(), Vec::new());
        while let Some(frame) = body.frame().await {
            let Ok(part) = frame.map_err(|_| Unread::Disconnected)?.into_data() else { continue };
            if self.bytes + part.len() > MAX_BODY_BYTES {
                return Err(Unread::TooLong);
            }
            self.add(part.len())?;
            if first.is_empty() && all.is_empty() {
                first = part;
            } else {
                all.extend_from_slice(&std::mem::take(&mut first));
                all.extend_from_slice(&part);
            }
        }
        Ok(if all.is_empty() { first } else { all.into() })
    }

    fn add(&mut self, bytes: usize) -> Result<(), Unread> {
        let limit = self.bodies.limit;
        let sum = |all: usize| all.checked_add(bytes).filter(|all| *all <= limit);
        let added = self.bodies.bytes.fetch_update(Relaxed, Relaxed, sum);
        added.map_err(|_| Unread::NoMemory)?;
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.bodies.bytes.fetch_sub(self.bytes, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answered_request_frees_its_memory_for_others() {
        let bodies = Bodies::new(10);
        let (mut one, mut other) = (bodies.reserve(), bodies.reserve());
        assert!(one.add(6).is_ok() && other.add(4).is_ok());
        assert!(matches!(other.add(1), Err(Unread::NoMemory)));
        drop(other);
        assert!(one.add(4).is_ok());
        drop(one);
        assert_eq!(bodies.bytes.into_inner(), 0);
    }
}
