//! A message in a queue: new, stored, delivered with its receipt, or dead.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::clock::Moment;
use crate::message::Content;
use crate::refusal::{Reason, Refusal};

/// Identifies a message within its queue. Later messages have greater keys.
pub(super) type Key = u64;

/// The part of an accepted message that does not change.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    pub(crate) content: Arc<Content>,
    pub(crate) sent: Moment,
    pub(crate) group: Option<Arc<str>>,
    pub(crate) deduplication_id: Option<String>,
    /// Only messages of a FIFO queue have one.
    pub(crate) sequence: Option<u64>,
    /// The ARN of the queue whose redrive policy moved the message.
    pub(crate) dead_letter_source: Option<Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Visible,
    /// Sent with a delay that ends at this moment.
    Delayed(Moment),
    /// Received, with a visibility timeout that ends at this moment.
    InFlight(Moment),
}

#[derive(Debug)]
pub(super) struct Stored {
    pub(super) envelope: Arc<Envelope>,
    pub(super) state: State,
    /// The position among the visible messages. Only a standard queue changes it.
    pub(super) position: u64,
    pub(super) receives: u32,
    /// Receives in its source queues, before it became a dead letter.
    pub(super) previous_receives: u32,
    pub(super) first_received: Option<Moment>,
    /// When the newest receipt was issued. The limit of 12 hours starts here.
    pub(super) last_received: Moment,
    /// The serial number of the newest receipt. All older receipts are stale.
    pub(super) serial: u64,
    /// Responses with the newest receipt. Repeated receive attempts have the same.
    pub(super) responses: u32,
    /// Whether the visibility timeout was changed since the last receive. If so, its receive
    /// attempt cannot be repeated.
    pub(super) visibility_changed: bool,
}

/// A message on its way to a consumer.
#[derive(Clone, Debug)]
pub(crate) struct Delivery {
    pub(crate) envelope: Arc<Envelope>,
    pub(crate) receipt: Receipt,
    /// Includes this receive.
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

/// A message that a client sends.
#[derive(Debug)]
pub(crate) struct NewMessage {
    pub(crate) content: Content,
    /// Seconds, unchecked; `None` uses the queue's delay.
    pub(crate) delay: Option<i64>,
    pub(crate) group: Option<String>,
    pub(crate) deduplication_id: Option<String>,
    /// Whether it is an entry of a batch.
    pub(crate) in_batch: bool,
}

/// What the sender gets back: about the new message or, for a duplicate, about the original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) message_id: String,
    pub(crate) sequence: Option<u64>,
}

/// What a receipt handle identifies: the queue, the message, and one receive of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Receipt {
    /// A random id of the queue. It detects a handle of another queue, or of a deleted queue with
    /// the same name.
    pub(super) queue: u64,
    pub(super) key: Key,
    pub(super) serial: u64,
}

impl Receipt {
    pub(crate) fn encode(self) -> String {
        let mut bytes = [0; 24];
        for (part, number) in bytes.chunks_exact_mut(8).zip([self.queue, self.key, self.serial]) {
            part.copy_from_slice(&number.to_be_bytes());
        }
        BASE64.encode(bytes)
    }

    pub(crate) fn decode(handle: &str) -> Result<Self, Refusal> {
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_be_bytes).ok();
        let parse = || {
            let bytes = BASE64.decode(handle).ok().filter(|bytes| bytes.len() == 24)?;
            let (queue, key, serial) =
                (number(&bytes[..8])?, number(&bytes[8..16])?, number(&bytes[16..])?);
            Some(Self { queue, key, serial })
        };
        parse().ok_or_else(|| Self::invalid(handle))
    }

    pub(super) fn invalid(handle: &str) -> Refusal {
        let message =
            format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
        Refusal::new(Reason::ReceiptHandleIsInvalid, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoded_receipt_decodes_to_the_same_receipt() {
        let receipt = Receipt { queue: u64::MAX, key: 7, serial: 1 << 40 };
        assert_eq!(Receipt::decode(&receipt.encode()), Ok(receipt));
    }

    #[test]
    fn an_invalid_receipt_handle_is_refused() {
        for handle in ["", "garbage", "ä", &BASE64.encode([0; 23])] {
            assert_eq!(Receipt::decode(handle).unwrap_err().code(), "ReceiptHandleIsInvalid");
        }
    }
}
