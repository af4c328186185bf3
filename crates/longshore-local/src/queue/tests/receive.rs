//! Receiving.

use super::fixture::{Fixture, fifo_message};
use crate::queue::{Counts, ReceiveOptions};

#[test]
fn a_received_message_is_hidden_for_its_visibility_timeout() {
    let mut fixture = Fixture::standard(&[]);
    fixture.send("m");
    assert_eq!(fixture.receive_bodies(10), ["m"]);
    assert_eq!((fixture.counts().visible, fixture.counts().in_flight), (0, 1));
    fixture.advance(29);
    assert_eq!(fixture.receive_bodies(10), [""; 0]);
    fixture.advance(1);
    assert_eq!(fixture.receive(10)[0].receive_count, 2);
}

#[test]
fn a_receive_takes_the_oldest_up_to_its_maximum() {
    let mut fixture = Fixture::standard(&[]);
    ["a", "b", "c"].iter().for_each(|body| fixture.send(body));
    assert_eq!(fixture.receive_bodies(2), ["a", "b"]);
    assert_eq!(fixture.receive_bodies(2), ["c"]);
}

#[test]
fn a_visibility_timeout_of_zero_hides_nothing() {
    let mut fixture = Fixture::standard(&[]);
    fixture.send("m");
    let now = fixture.now;
    let options =
        ReceiveOptions { max_messages: 1, visibility: Some(0), ..ReceiveOptions::default() };
    assert_eq!(fixture.queue.receive(now, &options).deliveries.len(), 1);
    fixture.advance(0);
    assert_eq!(fixture.receive_bodies(1), ["m"]);
}

#[test]
fn a_message_received_three_times_moves_to_the_end() {
    let mut fixture = Fixture::standard(&[("VisibilityTimeout", "1")]);
    fixture.send("poison");
    for _ in 0..3 {
        assert_eq!(fixture.receive_bodies(1), ["poison"]);
        fixture.send("other");
        fixture.advance(1);
    }
    assert_eq!(fixture.receive_bodies(10), ["other", "other", "other", "poison"]);
}

#[test]
fn each_receive_has_its_own_receipt_and_the_first_time() {
    let mut fixture = Fixture::standard(&[]);
    fixture.send("m");
    let first = fixture.receive(1).remove(0);
    fixture.advance(30);
    let second = fixture.receive(1).remove(0);
    assert_eq!(second.first_received, first.first_received);
    assert_ne!(second.receipt, first.receipt);
}

#[test]
fn a_message_over_its_receive_count_becomes_a_dead_letter() {
    let mut fixture = Fixture::standard(&[("VisibilityTimeout", "0")]);
    fixture.send("m");
    let options =
        ReceiveOptions { max_messages: 10, max_receives: Some(2), ..ReceiveOptions::default() };
    for _ in 0..2 {
        fixture.advance(0);
        let now = fixture.now;
        assert_eq!(fixture.queue.receive(now, &options).deliveries.len(), 1);
    }
    fixture.advance(0);
    let received = fixture.queue.receive(fixture.now, &options);
    assert!(received.deliveries.is_empty());
    assert_eq!(received.dead_letters[0].receives, 2);
    assert_eq!(fixture.counts(), Counts::default());

    let mut dead_letters = Fixture::standard(&[]);
    let dead_letter = received.dead_letters.into_iter().next().unwrap();
    dead_letters.queue.accept_dead_letter(fixture.now, dead_letter, &"arn:source".into());
    let delivery = dead_letters.receive(1).remove(0);
    assert_eq!(delivery.envelope.dead_letter_source.as_deref(), Some("arn:source"));
    assert_eq!(delivery.receive_count, 3, "the receive count continues in the dead-letter queue");
}

#[test]
fn a_fifo_dead_letter_has_its_message_id_as_deduplication_id() {
    let mut fixture = Fixture::fifo(&[("VisibilityTimeout", "0")]);
    let sent = fixture.send_message(fifo_message("m", "group", "id")).unwrap();
    fixture.receive(1);
    fixture.advance(0);
    let options =
        ReceiveOptions { max_messages: 1, max_receives: Some(1), ..ReceiveOptions::default() };
    let mut received = fixture.queue.receive(fixture.now, &options);
    let mut dead_letters = Fixture::fifo(&[]);
    let dead_letter = received.dead_letters.remove(0);
    dead_letters.queue.accept_dead_letter(fixture.now, dead_letter, &"arn:source".into());
    let envelope = dead_letters.receive(1).remove(0).envelope;
    assert_eq!(envelope.deduplication_id, Some(sent.message_id));
    assert_eq!(envelope.group.as_deref(), Some("group"));
}

#[test]
fn a_group_that_fails_does_not_starve_the_others() {
    let mut fixture = Fixture::fifo(&[("VisibilityTimeout", "0")]);
    for (body, group) in [("poison", "a"), ("b1", "b"), ("c1", "c")] {
        fixture.send_message(fifo_message(body, group, body)).unwrap();
    }
    let mut received = Vec::new();
    for _ in 0..4 {
        received.extend(fixture.receive_bodies(1));
        fixture.advance(0);
    }
    assert_eq!(received, ["poison", "b1", "c1", "poison"]);
}

#[test]
fn dead_letters_do_not_count_towards_the_maximum() {
    let mut fixture = Fixture::standard(&[("VisibilityTimeout", "0")]);
    fixture.send("dead");
    fixture.receive(1);
    fixture.advance(0);
    fixture.send("alive");
    let options =
        ReceiveOptions { max_messages: 1, max_receives: Some(1), ..ReceiveOptions::default() };
    let received = fixture.queue.receive(fixture.now, &options);
    assert_eq!((received.deliveries.len(), received.dead_letters.len()), (1, 1));
}

#[test]
fn only_standard_queues_refuse_at_the_in_flight_limit() {
    let mut fixture = Fixture::standard(&[]);
    fixture.queue.in_flight_limit = 2;
    ["a", "b", "c"].iter().for_each(|body| fixture.send(body));
    assert!(!fixture.queue.refuses_receives());
    assert_eq!(fixture.receive_bodies(10), ["a", "b"]);
    assert!(fixture.queue.refuses_receives());
    let mut fixture = Fixture::fifo(&[]);
    fixture.queue.in_flight_limit = 0;
    assert!(!fixture.queue.refuses_receives());
}

#[test]
fn a_group_waits_for_its_in_flight_message() {
    let mut fixture = Fixture::fifo(&[]);
    for (body, group) in [("a1", "a"), ("a2", "a"), ("b1", "b")] {
        fixture.send_message(fifo_message(body, group, body)).unwrap();
    }
    assert_eq!(fixture.receive_bodies(1), ["a1"]);
    assert_eq!(fixture.receive_bodies(10), ["b1"], "group a is locked");
    fixture.advance(30);
    assert_eq!(fixture.receive_bodies(10), ["a1", "a2", "b1"]);
}

#[test]
fn a_repeated_attempt_gets_the_same_receipts() {
    let mut fixture = Fixture::fifo(&[]);
    fixture.send_message(fifo_message("m", "g", "1")).unwrap();
    let options = ReceiveOptions {
        max_messages: 10,
        attempt: Some("attempt".into()),
        ..ReceiveOptions::default()
    };
    let first = fixture.queue.receive(fixture.now, &options).deliveries;
    fixture.advance(29);
    let second = fixture.queue.receive(fixture.now, &options).deliveries;
    assert_eq!(first[0].receipt, second[0].receipt);
    assert_eq!(second[0].receive_count, 1);
    fixture.advance(29);
    assert_eq!(fixture.counts().in_flight, 1, "the visibility timeout starts again");
    fixture.delete(second[0].receipt).unwrap();
    assert!(
        fixture.queue.receive(fixture.now, &options).deliveries.is_empty(),
        "a deleted message ends the attempt"
    );
}

#[test]
fn an_undone_receive_is_not_counted() {
    let mut fixture = Fixture::standard(&[]);
    fixture.send("m");
    let undelivered = fixture.receive(1);
    fixture.queue.undo_receive(&undelivered);
    let delivery = fixture.receive(1).remove(0);
    assert_eq!(delivery.receive_count, 1);
}

/// Two long polls with one attempt id can be open at once, and both clients can disconnect.
#[test]
fn two_undone_receives_of_one_attempt_count_once() {
    let mut fixture = Fixture::fifo(&[]);
    fixture.send_message(fifo_message("m", "group", "id")).unwrap();
    let (now, attempt) = (fixture.now, Some("attempt".into()));
    let options = ReceiveOptions { max_messages: 1, attempt, ..ReceiveOptions::default() };
    let one = fixture.queue.receive(now, &options).deliveries;
    let again = fixture.queue.receive(now, &options).deliveries;
    assert_eq!(one[0].receipt, again[0].receipt);

    fixture.queue.undo_receive(&one);
    assert_eq!(fixture.counts().in_flight, 1, "the other client has the message");
    fixture.queue.undo_receive(&again);

    let counts = Counts { visible: 1, ..Counts::default() };
    assert_eq!(fixture.counts(), counts);
    assert_eq!(fixture.queue.receive(now, &options).deliveries[0].receive_count, 1);
}

#[test]
fn a_client_keeps_its_message_if_another_with_its_attempt_disconnects() {
    let mut fixture = Fixture::fifo(&[]);
    fixture.send_message(fifo_message("m", "group", "id")).unwrap();
    let (now, attempt) = (fixture.now, Some("attempt".into()));
    let options = ReceiveOptions { max_messages: 1, attempt, ..ReceiveOptions::default() };
    let lost = fixture.queue.receive(now, &options).deliveries;
    let received = fixture.queue.receive(now, &options).deliveries;
    fixture.queue.undo_receive(&lost);
    fixture.delete(received[0].receipt).unwrap();
    assert_eq!(fixture.counts(), Counts::default());
}
