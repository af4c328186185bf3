//! A message as a queue keeps it, and as it leaves.

use std::sync::Arc;

use super::receipt::Receipt;
use crate::clock::Moment;
use crate::message::Content;

/// Names a message within its queue; later messages have greater keys.
pub(super) type Key = u64;

/// What is fixed once a message has been accepted.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    pub(crate) content: Arc<Content>,
    pub(crate) sent: Moment,
    pub(crate) group: Option<Arc<str>>,
    pub(crate) deduplication_id: Option<String>,
    /// FIFO queues only.
    pub(crate) sequence: Option<u64>,
    /// The ARN of the queue that gave the message up.
    pub(crate) dead_letter_source: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Visible,
    /// Sent, and not to be seen before then.
    Delayed(Moment),
    /// Received, and not to be seen again before then.
    InFlight(Moment),
}

#[derive(Debug)]
pub(super) struct Stored {
    pub(super) envelope: Arc<Envelope>,
    pub(super) state: State,
    /// Where it stands among visible messages; only a standard queue ever changes it.
    pub(super) place: u64,
    pub(super) receives: u32,
    /// Receives in the queues it came here from.
    pub(super) receives_before: u32,
    pub(super) first_received: Option<Moment>,
    /// When the newest receipt was handed out; the 12 hours count from here.
    pub(super) last_received: Moment,
    /// The serial of the newest receipt; all older ones are stale.
    pub(super) serial: u64,
    /// Whether the visibility of the newest receipt was changed, which spoils its receive attempt.
    pub(super) touched: bool,
}

/// A message on its way to a consumer.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) envelope: Arc<Envelope>,
    pub(crate) receipt: Receipt,
    /// This receive included.
    pub(crate) receive_count: u32,
    pub(crate) first_received: Moment,
}

/// A message on its way to a dead-letter queue.
#[derive(Debug)]
pub(crate) struct DeadLetter {
    pub(crate) envelope: Arc<Envelope>,
    pub(crate) receives: u32,
    pub(crate) first_received: Option<Moment>,
}
