//! Settling received messages: deletes and visibility changes.

use super::message::{Key, Receipt, State, Stored};
use super::state::Queue;
use crate::clock::Moment;
use crate::refusal::Refusal;
use crate::settings::Number;

/// The limit starts at the receive, and an extension does not restart it
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>).
const MAX_VISIBILITY_SECONDS: u32 = 43_200;

impl Queue {
    /// Deletes the message, whether it is in flight or visible again. A stale receipt deletes
    /// nothing and succeeds.
    ///
    /// # Errors
    /// On a FIFO queue, if the receipt is stale or its visibility timeout has ended.
    pub(crate) fn delete(&mut self, receipt: Receipt) -> Result<(), Refusal> {
        let Some((key, stored)) = self.find(receipt)? else { return Ok(()) };
        let in_flight = matches!(stored.state, State::InFlight(_));
        let stale = stored.serial != receipt.serial;
        if self.is_fifo() && (stale || !in_flight) {
            return Err(expired(receipt));
        }
        if !stale {
            self.remove(key);
        }
        Ok(())
    }

    /// Hides the message for `seconds` from `now`; 0 releases it. In a standard queue, an older
    /// receipt of a message in flight changes it too, and the newest one also a visible message.
    ///
    /// # Errors
    /// If the receipt cannot change the message, or the message would stay in flight for more than
    /// 12 hours.
    pub(crate) fn change_visibility(
        &mut self,
        now: Moment,
        receipt: Receipt,
        seconds: i64,
    ) -> Result<(), Refusal> {
        let seconds = Number::VisibilityTimeout.check("VisibilityTimeout", seconds)?;
        let fifo = self.is_fifo();
        let can_change = |(_, stored): &(Key, &mut Stored)| {
            let in_flight = matches!(stored.state, State::InFlight(_));
            let newest = stored.serial == receipt.serial;
            if fifo { in_flight && newest } else { in_flight || newest }
        };
        let found = self.find(receipt)?.filter(can_change);
        let Some((key, stored)) = found else { return Err(not_available(receipt)) };
        if now.after_seconds(seconds) > stored.last_received.after_seconds(MAX_VISIBILITY_SECONDS) {
            let why = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
            return Err(Refusal::invalid("VisibilityTimeout", seconds, why));
        }
        stored.visibility_changed = true;
        self.transition(
            key,
            if seconds == 0 { State::Visible } else { State::InFlight(now.after_seconds(seconds)) },
        );
        Ok(())
    }

    /// The message of the receipt; `None` if it no longer exists.
    fn find(&mut self, receipt: Receipt) -> Result<Option<(Key, &mut Stored)>, Refusal> {
        if receipt.queue != self.id {
            return Err(Receipt::invalid(&receipt.encode()));
        }
        Ok(self.messages.get_mut(&receipt.key).map(|stored| (receipt.key, stored)))
    }
}

fn expired(receipt: Receipt) -> Refusal {
    Refusal::invalid("ReceiptHandle", receipt.encode(), "The receipt handle has expired.")
}

fn not_available(receipt: Receipt) -> Refusal {
    let why = "Message does not exist or is not available for visibility timeout change.";
    Refusal::invalid("ReceiptHandle", receipt.encode(), why)
}
