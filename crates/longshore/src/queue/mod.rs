//! The seam to SQS: what a queue can do, in terms of the pipeline. Only this room names the SDK; it
//! knows nothing of handlers, leases or slots.

mod failure;
mod message;
mod sqs;

use std::time::Duration;

use futures_util::future::BoxFuture;

pub use failure::{FailureKind, QueueError};
pub use message::{AttributeContent, AttributeValue, Message, Receipt};
pub use sqs::{Connection, Sender, SqsQueue, Timeouts};

pub use crate::limits::{BATCH, VISIBILITY_CEILING};

/// A queue, as the worker sees it. Each call is one request and makes no retries of its own.
///
/// Batch calls take one to [`BATCH`] entries and answer with those that were refused: a success of the
/// call is not yet a success of each entry.
pub trait Queue: Send + Sync + 'static {
    /// Receives up to `ask.max` messages. **Not cancel-safe**: SQS may give messages to a receive that
    /// nobody awaits any more, and they stay hidden until their visibility timeout.
    fn receive(&self, ask: Receive) -> BoxFuture<'_, Result<Vec<Message>, QueueError>>;

    /// Deletes. Deleting twice succeeds, so repeating after a failure is safe.
    fn delete<'a>(
        &'a self,
        receipts: &'a [Receipt],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>>;

    /// Sets how long each message stays invisible from now on, in whole seconds; zero gives it back.
    fn change_visibility<'a>(
        &'a self,
        changes: &'a [Visibility],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>>;

    /// Asks for the queue's attributes and the approximate numbers of its messages.
    fn attributes(&self) -> BoxFuture<'_, Result<QueueAttributes, QueueError>>;
}

/// What a receive asks for. Every option is sent, always: nothing is left to the queue's defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receive {
    /// At most so many messages, 1 to [`BATCH`].
    pub max: usize,
    /// `WaitTimeSeconds`, whole seconds.
    pub wait: Duration,
    /// `VisibilityTimeout`, whole seconds.
    pub visibility: Duration,
}

/// A change of one message's visibility timeout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visibility {
    /// Which receive.
    pub receipt: Receipt,
    /// Invisible for so long from now, whole seconds.
    pub timeout: Duration,
}

/// An entry of a batch that SQS did not carry out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Where it stood in the batch.
    pub index: usize,
    /// Whether the entry itself is at fault, so that repeating it is of no use.
    pub sender_fault: bool,
    /// SQS's code, as in `ReceiptHandleIsInvalid`.
    pub code: String,
}

/// What SQS tells of a queue. The numbers of messages are approximate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueAttributes {
    /// Messages that a receive could bring.
    pub visible: u64,
    /// Messages that are with some consumer.
    pub in_flight: u64,
    /// Messages that are not to be seen yet.
    pub delayed: u64,
    /// `ReceiveMessageWaitTimeSeconds`, for receives that say nothing.
    pub receive_wait_seconds: u64,
    /// `VisibilityTimeout`, for receives that say nothing.
    pub visibility_timeout_seconds: u64,
    /// `MessageRetentionPeriod`.
    pub retention_seconds: u64,
    /// `DelaySeconds`.
    pub delay_seconds: u64,
    /// `maxReceiveCount` of the redrive policy; 0 where there is no dead-letter queue.
    pub max_receive_count: u64,
}
