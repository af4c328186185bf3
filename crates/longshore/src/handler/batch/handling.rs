//! How messages are handled: one at a time, or several in one call.

use super::handler::{AnyBatchHandler, BatchHandler};
use crate::handler::{AnyHandler, Handler};
use crate::outcome::Ending;

/// A handler of either kind.
#[derive(Debug, Clone)]
pub(crate) enum Handling {
    /// One message in each call.
    Single(AnyHandler),
    /// Several messages in each call.
    Batch(AnyBatchHandler),
}

impl Handling {
    pub(crate) fn single(handler: impl Handler) -> Self {
        Self::Single(AnyHandler::new(handler))
    }

    pub(crate) fn batch(handler: impl BatchHandler) -> Self {
        Self::Batch(AnyBatchHandler::new(handler))
    }

    pub(crate) fn is_batch(&self) -> bool {
        matches!(self, Self::Batch(_))
    }

    pub(crate) fn can_end(&self, ending: Ending) -> bool {
        match self {
            Self::Single(handler) => handler.can_end(ending),
            Self::Batch(handler) => handler.can_end(ending),
        }
    }
}
