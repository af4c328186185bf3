//! Deleting and changing visibility: what a receipt can still do.

use super::message::{Key, State, Stored};
use super::receipt::Receipt;
use super::state::Queue;
use crate::clock::Moment;
use crate::refusal::Refusal;
use crate::settings::Number;

/// Counted from the receive; extending does not restart it
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html>).
const LONGEST_VISIBILITY_SECONDS: u32 = 43_200;

impl Queue {
    /// Deletes the message, whether still in flight or visible again. A stale receipt deletes nothing
    /// and succeeds; on a FIFO queue it is refused, as is one whose visibility has ended.
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

    /// Hides the message for `seconds` from `now`; 0 shows it at once. Asking for more than is left of
    /// the 12 hours is an error.
    pub(crate) fn change_visibility(
        &mut self,
        now: Moment,
        receipt: Receipt,
        seconds: i64,
    ) -> Result<(), Refusal> {
        let seconds = Number::VisibilityTimeout.check("VisibilityTimeout", seconds)?;
        let fifo = self.is_fifo();
        let found = self.find(receipt)?.filter(|(_, stored)| stored.serial == receipt.serial);
        let Some((key, stored)) = found else { return Err(not_available(receipt)) };
        if fifo && !matches!(stored.state, State::InFlight(_)) {
            return Err(not_available(receipt));
        }
        if now.after_seconds(seconds)
            > stored.last_received.after_seconds(LONGEST_VISIBILITY_SECONDS)
        {
            let why = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]";
            return Err(Refusal::invalid("VisibilityTimeout", seconds, why));
        }
        stored.touched = true;
        self.transition(
            key,
            if seconds == 0 { State::Visible } else { State::InFlight(now.after_seconds(seconds)) },
        );
        Ok(())
    }

    /// `None`: the message is gone.
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

#[cfg(test)]
mod tests {
    use crate::queue::fixture::{Bench, fifo};

    #[test]
    fn a_stale_receipt_deletes_nothing() {
        let mut bench = Bench::standard(&[]);
        bench.send("m");
        let stale = bench.receive(1).remove(0).receipt;
        bench.pass(30);
        let newest = bench.receive(1).remove(0).receipt;
        assert_eq!(bench.delete(stale), Ok(()));
        assert_eq!(bench.counts().in_flight, 1);
        assert_eq!(bench.delete(newest), Ok(()));
        assert_eq!(bench.counts().in_flight, 0);
        assert_eq!(bench.delete(newest), Ok(()), "deleting twice succeeds");
    }

    #[test]
    fn the_newest_receipt_still_deletes_after_its_visibility_ended() {
        let mut bench = Bench::standard(&[]);
        bench.send("m");
        let receipt = bench.receive(1).remove(0).receipt;
        bench.pass(31);
        assert_eq!(bench.delete(receipt), Ok(()));
        assert_eq!(bench.counts().visible, 0);
    }

    #[test]
    fn a_receipt_of_another_queue_is_invalid() {
        let mut bench = Bench::standard(&[]);
        bench.send("m");
        let receipt = bench.receive(1).remove(0).receipt;
        let refusal = Bench::standard(&[]).delete(receipt).unwrap_err();
        assert_eq!(refusal.code(), "ReceiptHandleIsInvalid");
    }

    #[test]
    fn visibility_can_be_extended_and_given_back() {
        let mut bench = Bench::standard(&[]);
        bench.send("m");
        let receipt = bench.receive(1).remove(0).receipt;
        bench.pass(20);
        bench.change_visibility(receipt, 30).unwrap();
        bench.pass(29);
        assert_eq!(bench.counts().in_flight, 1);
        bench.change_visibility(receipt, 0).unwrap();
        assert_eq!(bench.counts().visible, 1);
        assert_eq!(bench.receive(1)[0].receive_count, 2, "giving back still counted as a receive");
    }

    #[test]
    fn a_message_cannot_be_held_for_more_than_twelve_hours() {
        let mut bench = Bench::standard(&[]);
        bench.send("m");
        let receipt = bench.receive(1).remove(0).receipt;
        bench.pass(10);
        let refusal = bench.change_visibility(receipt, 43_191).unwrap_err();
        assert!(refusal.message().contains("beyond the limit [43200 seconds]"), "{refusal}");
        assert_eq!(bench.change_visibility(receipt, 43_190), Ok(()));
        assert!(bench.change_visibility(receipt, 43_201).is_err());
    }

    #[test]
    fn the_visibility_of_a_stale_or_deleted_message_cannot_be_changed() {
        let mut bench = Bench::standard(&[]);
        bench.send("m");
        let stale = bench.receive(1).remove(0).receipt;
        bench.pass(30);
        let newest = bench.receive(1).remove(0).receipt;
        assert_eq!(bench.change_visibility(stale, 5).unwrap_err().code(), "InvalidParameterValue");
        bench.delete(newest).unwrap();
        assert_eq!(bench.change_visibility(newest, 5).unwrap_err().code(), "InvalidParameterValue");
    }

    #[test]
    fn a_fifo_receipt_ends_with_its_visibility() {
        let mut bench = Bench::fifo(&[]);
        bench.send_this(fifo("m", "g", "1")).unwrap();
        let receipt = bench.receive(1).remove(0).receipt;
        bench.pass(30);
        assert!(bench.delete(receipt).unwrap_err().message().contains("has expired"));
        assert!(bench.change_visibility(receipt, 5).is_err());
        assert_eq!(bench.counts().visible, 1);
    }

    #[test]
    fn a_deleted_head_opens_its_group() {
        let mut bench = Bench::fifo(&[]);
        bench.send_this(fifo("1", "g", "1")).unwrap();
        bench.send_this(fifo("2", "g", "2")).unwrap();
        let receipt = bench.receive(1).remove(0).receipt;
        assert_eq!(bench.receive_bodies(10), [""; 0]);
        bench.delete(receipt).unwrap();
        assert_eq!(bench.receive_bodies(10), ["2"]);
    }
}
