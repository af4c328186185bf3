//! What the worker needs of a queue.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{self, BoxFuture};

use super::dead_letter::DeadLetter;
use super::failure::{FailureKind, Progress, QueueError};
use super::message::{Message, Receipt};
use super::outgoing::OutgoingMessage;
use crate::label::label_set;

/// A queue that a worker can consume. Each call sends one request and makes no retries, because the
/// worker counts and bills every request.
///
/// Batch calls take 1 to [`BATCH`](super::BATCH) entries and return those that were refused. A
/// successful call does not mean that every entry succeeded.
pub trait Queue: Send + Sync + 'static {
    /// Receives up to `receive.max` messages. **Not cancel-safe**: SQS can assign messages to a
    /// receive that was dropped, and they stay hidden until their visibility timeout.
    fn receive(&self, receive: Receive) -> BoxFuture<'_, Result<Vec<Message>, QueueError>>;

    /// Deletes messages. It may be repeated after a failure: a second delete succeeds too.
    fn delete<'a>(
        &'a self,
        receipts: &'a [Receipt],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>>;

    /// Sets the visibility timeouts of messages, counted from now. Zero releases a message.
    fn change_visibility<'a>(
        &'a self,
        changes: &'a [Visibility],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>>;

    /// Returns the queue's attributes and its approximate numbers of messages.
    fn attributes(&self) -> BoxFuture<'_, Result<QueueAttributes, QueueError>>;

    /// Returns the attributes of this queue's dead-letter queue, which has this ARN. `None` if this
    /// kind of queue cannot ask for them, which is the default.
    fn dead_letter_queue<'a>(
        &'a self,
        arn: &'a str,
    ) -> BoxFuture<'a, Result<Option<QueueAttributes>, QueueError>> {
        let _ = arn;
        future::ready(Ok(None)).boxed()
    }

    /// Sends a rejected message to this queue's dead-letter queue, which has this ARN. Returns whether
    /// it was sent: `false` if this kind of queue cannot send, which is the default. It may be repeated
    /// after a failure, which can add a second copy to a standard queue.
    fn send_dead_letter<'a>(
        &'a self,
        arn: &'a str,
        letter: &'a DeadLetter,
    ) -> BoxFuture<'a, Result<bool, QueueError>> {
        let _ = (arn, letter);
        future::ready(Ok(false)).boxed()
    }

    /// Sends a message to this queue, for example that of a periodic task. Fails if this kind of queue
    /// cannot send, which is the default. It may be repeated after a failure, which can add a second
    /// message.
    fn send_message<'a>(
        &'a self,
        message: &'a OutgoingMessage,
    ) -> BoxFuture<'a, Result<(), QueueError>> {
        let _ = message;
        let error = QueueError::new("SendMessage", FailureKind::Invalid)
            .with_progress(Progress::NotSent)
            .with_source("this kind of queue cannot send");
        future::ready(Err(error)).boxed()
    }

    /// Looks up what the other calls need, such as the queue's URL, unless that is known. Returns
    /// whether it sent a request, which then counts as `get_url`. The worker calls this before
    /// every other call. The default does nothing.
    fn locate(&self) -> BoxFuture<'_, Result<bool, QueueError>> {
        future::ready(Ok(false)).boxed()
    }

    /// Returns the host name and the port of the server, for pushed metrics. `None` before
    /// [`locate`](Self::locate), and for a queue without a server, which is the default.
    fn server(&self) -> Option<(&str, u16)> {
        None
    }
}

impl<Q: Queue + ?Sized> Queue for Arc<Q> {
    fn receive(&self, receive: Receive) -> BoxFuture<'_, Result<Vec<Message>, QueueError>> {
        (**self).receive(receive)
    }

    fn delete<'a>(
        &'a self,
        receipts: &'a [Receipt],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        (**self).delete(receipts)
    }

    fn change_visibility<'a>(
        &'a self,
        changes: &'a [Visibility],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        (**self).change_visibility(changes)
    }

    fn attributes(&self) -> BoxFuture<'_, Result<QueueAttributes, QueueError>> {
        (**self).attributes()
    }

    fn dead_letter_queue<'a>(
        &'a self,
        arn: &'a str,
    ) -> BoxFuture<'a, Result<Option<QueueAttributes>, QueueError>> {
        (**self).dead_letter_queue(arn)
    }

    fn send_dead_letter<'a>(
        &'a self,
        arn: &'a str,
        letter: &'a DeadLetter,
    ) -> BoxFuture<'a, Result<bool, QueueError>> {
        (**self).send_dead_letter(arn, letter)
    }

    fn send_message<'a>(
        &'a self,
        message: &'a OutgoingMessage,
    ) -> BoxFuture<'a, Result<(), QueueError>> {
        (**self).send_message(message)
    }

    fn locate(&self) -> BoxFuture<'_, Result<bool, QueueError>> {
        (**self).locate()
    }

    fn server(&self) -> Option<(&str, u16)> {
        (**self).server()
    }
}

/// The parameters of a receive. All are sent with every receive, so the queue's defaults do not
/// matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receive {
    /// `MaxNumberOfMessages`: 1 to [`BATCH`](super::BATCH).
    pub max: usize,
    /// `WaitTimeSeconds`: whole seconds.
    pub wait: Duration,
    /// `VisibilityTimeout`: whole seconds.
    pub visibility: Duration,
    /// `ReceiveRequestAttemptId`, for a FIFO queue.
    pub attempt: Option<AttemptId>,
}

impl Receive {
    /// A receive with these parameters.
    pub fn new(max: usize, wait: Duration, visibility: Duration) -> Self {
        Self { max, wait, visibility, attempt: None }
    }

    /// Sets the id of the attempt.
    #[must_use]
    pub fn with_attempt(self, attempt: Option<AttemptId>) -> Self {
        Self { attempt, ..self }
    }
}

/// The id of a receive from a FIFO queue. A receive that repeats the id of one whose answer was lost
/// returns the same messages, up to 5 minutes later.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AttemptId(u128);

impl AttemptId {
    /// A new id.
    pub fn random() -> Self {
        Self(fastrand::u128(..))
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for AttemptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// A change of one message's visibility timeout.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Visibility {
    /// The receive of the message.
    pub receipt: Receipt,
    /// The new timeout, counted from now: whole seconds.
    pub timeout: Duration,
}

impl Visibility {
    /// A change for this receive of a message.
    pub fn new(receipt: Receipt, timeout: Duration) -> Self {
        Self { receipt, timeout }
    }
}

/// An entry of a batch that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The index of the entry in the batch.
    pub index: usize,
    /// Whether the entry itself is wrong, so that a retry cannot succeed.
    pub sender_fault: bool,
    /// The error code of SQS, such as `ReceiptHandleIsInvalid`.
    pub code: String,
}

impl Refused {
    /// A refusal of the entry at this index.
    pub fn new(index: usize, sender_fault: bool, code: impl Into<String>) -> Self {
        Self { index, sender_fault, code: code.into() }
    }
}

/// The attributes of a queue. The numbers of messages are approximate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueAttributes {
    /// Messages that can be received now.
    pub visible: u64,
    /// Messages that a consumer received and has not deleted.
    pub in_flight: u64,
    /// Messages that are delayed.
    pub delayed: u64,
    /// `ReceiveMessageWaitTimeSeconds`, the default wait of the queue.
    pub receive_wait_seconds: u64,
    /// `VisibilityTimeout`, the default visibility timeout of the queue.
    pub visibility_timeout_seconds: u64,
    /// `MessageRetentionPeriod`.
    pub retention_seconds: u64,
    /// `DelaySeconds`.
    pub delay_seconds: u64,
    /// `maxReceiveCount` of the redrive policy; 0 without a dead-letter queue.
    pub max_receive_count: u64,
    /// `deadLetterTargetArn` of the redrive policy; empty without a dead-letter queue.
    pub dead_letter_arn: String,
    /// `QueueArn`, which names the region and the account. Empty if it is not known.
    pub arn: String,
}

impl QueueAttributes {
    /// All messages of the queue.
    pub fn messages(&self) -> u64 {
        self.visible + self.in_flight + self.delayed
    }
}

label_set! {
    /// Where the messages of a queue are.
    BacklogState {
        /// They can be received now.
        Visible = "visible",
        /// A consumer received them and has not deleted them.
        InFlight = "in_flight",
        /// The sender or the queue delays them.
        Delayed = "delayed",
    }
}
