//! Sending.

use super::fixture::{Fixture, fifo_message, message};
use crate::queue::NewMessage;

#[test]
fn a_delayed_message_becomes_visible_after_its_delay() {
    let mut fixture = Fixture::standard(&[("DelaySeconds", "5")]);
    fixture.send("queue's delay");
    let mut own = message("own delay");
    own.delay = Some(0);
    fixture.send_message(own).unwrap();
    assert_eq!(
        fixture.receive_bodies(10),
        ["own delay"],
        "an explicit 0 takes precedence over the queue's delay"
    );
    assert_eq!(fixture.counts().delayed, 1);
    fixture.advance(5);
    assert_eq!(fixture.receive_bodies(10), ["queue's delay"]);
}

#[test]
fn a_message_longer_than_the_queue_allows_is_refused() {
    let mut fixture = Fixture::standard(&[("MaximumMessageSize", "1024")]);
    assert!(fixture.send_message(message(&"x".repeat(1024))).is_ok());
    for (in_batch, problem) in [(false, "are invalid"), (true, "cannot be validated")] {
        let long = NewMessage { in_batch, ..message(&"x".repeat(1025)) };
        let refusal = fixture.send_message(long).unwrap_err();
        let expected = format!(
            "One or more parameters {problem}. Reason: Message must be shorter than 1024 bytes."
        );
        assert_eq!((refusal.code(), refusal.message()), ("InvalidParameterValue", &*expected));
    }
}

#[test]
fn a_delay_out_of_range_is_refused() {
    let mut fixture = Fixture::standard(&[]);
    let mut late = message("late");
    late.delay = Some(901);
    assert_eq!(fixture.send_message(late).unwrap_err().code(), "InvalidParameterValue");
}

#[test]
fn every_message_expires_after_the_retention_period() {
    let mut fixture =
        Fixture::standard(&[("MessageRetentionPeriod", "60"), ("VisibilityTimeout", "100")]);
    fixture.send("visible");
    fixture.send("in flight");
    fixture.receive_bodies(1);
    fixture.advance(59);
    assert_eq!(fixture.counts().visible + fixture.counts().in_flight, 2);
    fixture.advance(1);
    assert_eq!((fixture.counts().visible, fixture.counts().in_flight), (0, 0));
}

#[test]
fn a_fifo_queue_requires_a_group_and_a_deduplication_id() {
    let mut fixture = Fixture::fifo(&[]);
    assert_eq!(fixture.send_message(message("m")).unwrap_err().code(), "MissingParameter");
    let mut no_id = fifo_message("m", "group", "");
    no_id.deduplication_id = None;
    let refusal = fixture.send_message(no_id).unwrap_err();
    assert_eq!(refusal.code(), "InvalidParameterValue");
    assert_eq!(
        refusal.message(),
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId \
         provided explicitly"
    );
    let mut own_delay = fifo_message("m", "group", "id");
    own_delay.delay = Some(2);
    assert_eq!(fixture.send_message(own_delay).unwrap_err().code(), "InvalidParameterValue");
}

#[test]
fn a_standard_queue_refuses_a_deduplication_id() {
    let mut fixture = Fixture::standard(&[]);
    let mut grouped = message("m");
    grouped.group = Some("tenant".into());
    assert!(fixture.send_message(grouped).is_ok());
    assert!(fixture.send_message(fifo_message("m", "tenant", "id")).is_err());
}

#[test]
fn a_duplicate_gets_the_response_of_the_original() {
    let mut fixture = Fixture::fifo(&[]);
    let first = fixture.send_message(fifo_message("one", "group", "id")).unwrap();
    let again = fixture.send_message(fifo_message("two", "group", "id")).unwrap();
    assert_eq!(first, again);
    assert_eq!(fixture.receive_bodies(10), ["one"]);
    fixture.advance(300);
    assert_ne!(fixture.send_message(fifo_message("three", "group", "id")).unwrap(), first);
}

#[test]
fn a_deleted_message_still_has_duplicates() {
    let mut fixture = Fixture::fifo(&[]);
    fixture.send_message(fifo_message("one", "group", "id")).unwrap();
    let delivery = fixture.receive(1).remove(0);
    fixture.delete(delivery.receipt).unwrap();
    fixture.send_message(fifo_message("two", "group", "id")).unwrap();
    assert_eq!(fixture.receive_bodies(10), [""; 0]);
}

#[test]
fn a_purge_forgets_deduplication_ids() {
    let mut fixture = Fixture::fifo(&[]);
    let first = fixture.send_message(fifo_message("one", "group", "id")).unwrap();
    fixture.queue.purge();
    assert_ne!(fixture.send_message(fifo_message("two", "group", "id")).unwrap(), first);
    assert_eq!(fixture.receive_bodies(10), ["two"]);
}

#[test]
fn content_based_deduplication_compares_bodies() {
    let mut fixture = Fixture::fifo(&[("ContentBasedDeduplication", "true")]);
    for body in ["same", "same", "other"] {
        let mut message = fifo_message(body, "group", "");
        message.deduplication_id = None;
        fixture.send_message(message).unwrap();
    }
    assert_eq!(fixture.receive_bodies(10), ["same", "other"]);
}

#[test]
fn deduplication_can_be_scoped_to_the_group() {
    let mut fixture = Fixture::fifo(&[("DeduplicationScope", "messageGroup")]);
    fixture.send_message(fifo_message("a", "one", "id")).unwrap();
    fixture.send_message(fifo_message("b", "two", "id")).unwrap();
    assert_eq!(fixture.receive_bodies(10), ["a", "b"]);
}

#[test]
fn sequence_numbers_ascend_and_have_twenty_digits() {
    let mut fixture = Fixture::fifo(&[]);
    let mut sequence =
        |id| fixture.send_message(fifo_message("m", "g", id)).unwrap().sequence.unwrap();
    let (first, second) = (sequence("1"), sequence("2"));
    assert!(first < second);
    assert_eq!(first.to_string().len(), 20);
}

#[test]
fn a_fifo_queue_accepts_no_delay_of_a_message_but_0() {
    let mut fixture = Fixture::fifo(&[("DelaySeconds", "5")]);
    let mut own = fifo_message("0", "g", "1");
    own.delay = Some(0);
    fixture.send_message(own).unwrap();
    assert_eq!(fixture.counts().delayed, 1, "the delay of the queue applies");
    let mut own = fifo_message("1", "g", "2");
    own.delay = Some(1);
    assert_eq!(fixture.send_message(own).unwrap_err().code(), "InvalidParameterValue");
}

#[test]
fn an_id_has_1_to_128_visible_characters() {
    let mut fixture = Fixture::fifo(&[]);
    let longest = "x".repeat(128);
    assert!(fixture.send_message(fifo_message("m", &longest, &longest)).is_ok());
    for bad in ["", &"x".repeat(129), "a b", "\u{e4}"] {
        assert!(fixture.send_message(fifo_message("m", bad, "1")).is_err(), "{bad:?}");
        assert!(fixture.send_message(fifo_message("m", "g", bad)).is_err(), "{bad:?}");
    }
}
