//! Sending: what the queue's own settings refuse, FIFO deduplication, and dead letters coming in.

use std::sync::Arc;

use super::message::{DeadLetter, Envelope, State};
use super::state::Queue;
use crate::clock::Moment;
use crate::digest;
use crate::message::Content;
use crate::refusal::{Reason, Refusal};
use crate::settings::{Fifo, Number};

/// A message as it comes in.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) content: Content,
    /// Seconds, as the sender gave them.
    pub(crate) delay: Option<i64>,
    pub(crate) group: Option<String>,
    pub(crate) deduplication_id: Option<String>,
}

/// What a sender learns: of the message itself or, if it was a duplicate, of the one it repeats.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) message_id: String,
    pub(crate) sequence: Option<u64>,
}

/// SQS's sequence numbers have 20 digits; ours begin where 20 digits do.
const FIRST_SEQUENCE: u64 = 10_000_000_000_000_000_000;

impl Queue {
    /// Accepts a message, unless the queue's settings refuse it or it repeats a recent one.
    pub(crate) fn send(&mut self, now: Moment, outgoing: Outgoing) -> Result<Sent, Refusal> {
        self.check_size(&outgoing.content)?;
        let delay = self.delay_of(&outgoing)?;
        let Some(fifo) = self.settings.fifo.clone() else {
            if let Some(id) = &outgoing.deduplication_id {
                return Err(not_for_this_type("MessageDeduplicationId", id));
            }
            check_id("MessageGroupId", outgoing.group.as_deref())?;
            return Ok(self.accept(now, outgoing, delay, None));
        };
        let id = deduplication_id(&fifo, &outgoing)?;
        let scoped = match (&outgoing.group, fifo.per_group) {
            (Some(group), true) => format!("{group}\0{id}"),
            _ => id.clone(),
        };
        if let Some(original) = self.recently_sent.get(now, &scoped) {
            return Ok(original.clone());
        }
        let sent = self.accept(now, outgoing, delay, Some(id));
        self.recently_sent.remember(now, scoped, sent.clone());
        Ok(sent)
    }

    /// Takes in a message that another queue gave up. A FIFO queue restarts its retention; a standard
    /// one counts on from the first send.
    pub(crate) fn take_dead_letter(&mut self, now: Moment, letter: DeadLetter, source: &Arc<str>) {
        let mut envelope = Arc::unwrap_or_clone(letter.envelope);
        envelope.dead_letter_source = Some(Arc::clone(source));
        if self.is_fifo() {
            envelope.sent = now;
            envelope.sequence = Some(self.next_sequence());
        }
        let stored = self.insert(envelope, State::Visible);
        stored.receives_before = letter.receives;
        stored.first_received = letter.first_received;
    }

    fn accept(&mut self, now: Moment, outgoing: Outgoing, delay: u32, id: Option<String>) -> Sent {
        let sequence = id.is_some().then(|| self.next_sequence());
        let sent = Sent { message_id: outgoing.content.message_id.clone(), sequence };
        let envelope = Envelope {
            content: Arc::new(outgoing.content),
            sent: now,
            group: outgoing.group.map(Arc::from),
            deduplication_id: id,
            sequence,
            dead_letter_source: None,
        };
        let state = match delay {
            0 => State::Visible,
            seconds => State::Delayed(now.after_seconds(seconds)),
        };
        self.insert(envelope, state);
        sent
    }

    fn next_sequence(&mut self) -> u64 {
        self.last_sequence += 1;
        FIRST_SEQUENCE + self.last_sequence
    }

    fn check_size(&self, content: &Content) -> Result<(), Refusal> {
        let most = self.settings[Number::MaximumMessageSize];
        if content.size() <= most as usize {
            return Ok(());
        }
        let message = format!(
            "One or more parameters are invalid. Reason: Message must be shorter than {most} bytes."
        );
        Err(Refusal::new(Reason::InvalidParameterValueException, message))
    }

    /// A message's own delay wins over the queue's; on FIFO queues there is only the queue's.
    fn delay_of(&self, outgoing: &Outgoing) -> Result<u32, Refusal> {
        match outgoing.delay {
            None => Ok(self.settings[Number::DelaySeconds]),
            Some(0) if self.is_fifo() => Ok(self.settings[Number::DelaySeconds]),
            Some(seconds) if self.is_fifo() => Err(not_for_this_type("DelaySeconds", seconds)),
            Some(seconds) => Number::DelaySeconds.check("DelaySeconds", seconds),
        }
    }
}

fn deduplication_id(fifo: &Fifo, outgoing: &Outgoing) -> Result<String, Refusal> {
    if outgoing.group.is_none() {
        return Err(Refusal::missing("MessageGroupId"));
    }
    check_id("MessageGroupId", outgoing.group.as_deref())?;
    check_id("MessageDeduplicationId", outgoing.deduplication_id.as_deref())?;
    match &outgoing.deduplication_id {
        Some(id) => Ok(id.clone()),
        None if fifo.content_based => Ok(digest::deduplication_id(&outgoing.content.body)),
        None => Err(Refusal::new(
            Reason::InvalidParameterValueException,
            "The queue should either have ContentBasedDeduplication enabled or \
             MessageDeduplicationId provided explicitly",
        )),
    }
}

fn check_id(parameter: &str, id: Option<&str>) -> Result<(), Refusal> {
    match id {
        Some(id)
            if id.is_empty() || id.len() > 128 || !id.chars().all(|c| c.is_ascii_graphic()) =>
        {
            let why = format!(
                "{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
            );
            Err(Refusal::invalid(parameter, id, &why))
        }
        _ => Ok(()),
    }
}

fn not_for_this_type(parameter: &str, value: impl std::fmt::Display) -> Refusal {
    let why = "The request include parameter that is not valid for this queue type.";
    Refusal::invalid(parameter, value, why)
}

#[cfg(test)]
mod tests {
    use crate::queue::fixture::{Bench, fifo, outgoing};

    #[test]
    fn a_delayed_message_shows_when_its_delay_has_passed() {
        let mut bench = Bench::standard(&[("DelaySeconds", "5")]);
        bench.send("queue's delay");
        let mut own = outgoing("own delay");
        own.delay = Some(0);
        bench.send_this(own).unwrap();
        assert_eq!(
            bench.receive_bodies(10),
            ["own delay"],
            "an explicit 0 wins over the queue's delay"
        );
        assert_eq!(bench.counts().delayed, 1);
        bench.pass(5);
        assert_eq!(bench.receive_bodies(10), ["queue's delay"]);
    }

    #[test]
    fn a_message_longer_than_the_queue_allows_is_refused() {
        let mut bench = Bench::standard(&[("MaximumMessageSize", "1024")]);
        assert!(bench.send_this(outgoing(&"x".repeat(1024))).is_ok());
        let refusal = bench.send_this(outgoing(&"x".repeat(1025))).unwrap_err();
        assert!(refusal.message().contains("shorter than 1024 bytes"), "{refusal}");
    }

    #[test]
    fn a_delay_out_of_range_is_refused() {
        let mut bench = Bench::standard(&[]);
        let mut late = outgoing("late");
        late.delay = Some(901);
        assert_eq!(bench.send_this(late).unwrap_err().code(), "InvalidParameterValue");
    }

    #[test]
    fn a_message_outlives_its_retention_nowhere() {
        let mut bench =
            Bench::standard(&[("MessageRetentionPeriod", "60"), ("VisibilityTimeout", "100")]);
        bench.send("visible");
        bench.send("in flight");
        bench.receive_bodies(1);
        bench.pass(59);
        assert_eq!(bench.counts().visible + bench.counts().in_flight, 2);
        bench.pass(1);
        assert_eq!((bench.counts().visible, bench.counts().in_flight), (0, 0));
    }

    #[test]
    fn a_fifo_queue_wants_a_group_and_a_way_to_deduplicate() {
        let mut bench = Bench::fifo(&[]);
        assert_eq!(bench.send_this(outgoing("m")).unwrap_err().code(), "MissingParameter");
        let mut no_id = fifo("m", "group", "");
        no_id.deduplication_id = None;
        assert_eq!(bench.send_this(no_id).unwrap_err().code(), "InvalidParameterValue");
        let mut own_delay = fifo("m", "group", "id");
        own_delay.delay = Some(2);
        assert_eq!(bench.send_this(own_delay).unwrap_err().code(), "InvalidParameterValue");
    }

    #[test]
    fn a_standard_queue_takes_a_group_and_no_deduplication_id() {
        let mut bench = Bench::standard(&[]);
        let mut grouped = outgoing("m");
        grouped.group = Some("tenant".into());
        assert!(bench.send_this(grouped).is_ok());
        assert!(bench.send_this(fifo("m", "tenant", "id")).is_err());
    }

    #[test]
    fn a_duplicate_is_answered_like_the_original_and_sent_once() {
        let mut bench = Bench::fifo(&[]);
        let first = bench.send_this(fifo("one", "group", "id")).unwrap();
        let again = bench.send_this(fifo("two", "group", "id")).unwrap();
        assert_eq!(first, again);
        assert_eq!(bench.receive_bodies(10), ["one"]);
        bench.pass(300);
        assert_ne!(bench.send_this(fifo("three", "group", "id")).unwrap(), first);
    }

    #[test]
    fn a_duplicate_of_a_deleted_message_is_still_one() {
        let mut bench = Bench::fifo(&[]);
        bench.send_this(fifo("one", "group", "id")).unwrap();
        let delivery = bench.receive(1).remove(0);
        bench.delete(delivery.receipt).unwrap();
        bench.send_this(fifo("two", "group", "id")).unwrap();
        assert_eq!(bench.receive_bodies(10), [""; 0]);
    }

    #[test]
    fn content_based_deduplication_compares_bodies() {
        let mut bench = Bench::fifo(&[("ContentBasedDeduplication", "true")]);
        for body in ["same", "same", "other"] {
            let mut message = fifo(body, "group", "");
            message.deduplication_id = None;
            bench.send_this(message).unwrap();
        }
        assert_eq!(bench.receive_bodies(10), ["same", "other"]);
    }

    #[test]
    fn deduplication_can_be_scoped_to_the_group() {
        let mut bench = Bench::fifo(&[("DeduplicationScope", "messageGroup")]);
        bench.send_this(fifo("a", "one", "id")).unwrap();
        bench.send_this(fifo("b", "two", "id")).unwrap();
        assert_eq!(bench.receive_bodies(10), ["a", "b"]);
    }

    #[test]
    fn sequence_numbers_ascend_and_have_twenty_digits() {
        let mut bench = Bench::fifo(&[]);
        let mut sequence = |id| bench.send_this(fifo("m", "g", id)).unwrap().sequence.unwrap();
        let (first, second) = (sequence("1"), sequence("2"));
        assert!(first < second);
        assert_eq!(first.to_string().len(), 20);
    }
}
