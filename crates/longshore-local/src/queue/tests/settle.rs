//! Deletes and visibility changes.

use super::fixture::{Fixture, fifo_message};

#[test]
fn a_stale_receipt_deletes_nothing() {
    let mut fixture = Fixture::standard(&[]);
    fixture.send("m");
    let stale = fixture.receive(1).remove(0).receipt;
    fixture.advance(30);
    let newest = fixture.receive(1).remove(0).receipt;
    assert_eq!(fixture.delete(stale), Ok(()));
    assert_eq!(fixture.counts().in_flight, 1);
    assert_eq!(fixture.delete(newest), Ok(()));
    assert_eq!(fixture.counts().in_flight, 0);
    assert_eq!(fixture.delete(newest), Ok(()), "deleting twice succeeds");
}

#[test]
fn the_newest_receipt_deletes_after_its_visibility_timeout() {
    let mut fixture = Fixture::standard(&[]);
    fixture.send("m");
    let receipt = fixture.receive(1).remove(0).receipt;
    fixture.advance(31);
    assert_eq!(fixture.delete(receipt), Ok(()));
    assert_eq!(fixture.counts().visible, 0);
}

#[test]
fn a_receipt_of_another_queue_is_invalid() {
    let mut fixture = Fixture::standard(&[]);
    fixture.send("m");
    let receipt = fixture.receive(1).remove(0).receipt;
    let refusal = Fixture::standard(&[]).delete(receipt).unwrap_err();
    assert_eq!(refusal.code(), "ReceiptHandleIsInvalid");
}

#[test]
fn a_visibility_timeout_can_be_extended_and_released() {
    let mut fixture = Fixture::standard(&[]);
    fixture.send("m");
    let receipt = fixture.receive(1).remove(0).receipt;
    fixture.advance(20);
    fixture.change_visibility(receipt, 30).unwrap();
    fixture.advance(29);
    assert_eq!(fixture.counts().in_flight, 1);
    fixture.change_visibility(receipt, 0).unwrap();
    assert_eq!(fixture.counts().visible, 1);
    assert_eq!(fixture.receive(1)[0].receive_count, 2, "a release does not undo the receive");
}

#[test]
fn a_message_is_in_flight_for_at_most_twelve_hours() {
    let mut fixture = Fixture::standard(&[]);
    fixture.send("m");
    let receipt = fixture.receive(1).remove(0).receipt;
    fixture.advance(10);
    let refusal = fixture.change_visibility(receipt, 43_191).unwrap_err();
    assert!(refusal.message().contains("beyond the limit [43200 seconds]"), "{refusal}");
    assert_eq!(fixture.change_visibility(receipt, 43_190), Ok(()));
    assert!(fixture.change_visibility(receipt, 43_201).is_err());
}

#[test]
fn a_stale_receipt_changes_the_visibility_of_a_message_in_flight() {
    let mut fixture = Fixture::standard(&[]);
    fixture.send("m");
    let stale = fixture.receive(1).remove(0).receipt;
    fixture.advance(30);
    assert_eq!(fixture.change_visibility(stale, 0), Ok(()), "it is still the newest receipt");
    let newest = fixture.receive(1).remove(0).receipt;
    assert_eq!(fixture.change_visibility(stale, 5), Ok(()));
    fixture.advance(4);
    assert_eq!(fixture.counts().in_flight, 1);
    fixture.advance(1);
    assert_eq!(fixture.counts().visible, 1);
    let refusal = fixture.change_visibility(stale, 5).unwrap_err();
    assert_eq!(refusal.code(), "InvalidParameterValue", "the message is not in flight");
    fixture.delete(newest).unwrap();
    assert_eq!(fixture.change_visibility(newest, 5).unwrap_err().code(), "InvalidParameterValue");
}

#[test]
fn a_stale_fifo_receipt_changes_nothing() {
    let mut fixture = Fixture::fifo(&[]);
    fixture.send_message(fifo_message("m", "g", "1")).unwrap();
    let stale = fixture.receive(1).remove(0).receipt;
    fixture.advance(30);
    fixture.receive(1);
    assert_eq!(fixture.change_visibility(stale, 0).unwrap_err().code(), "InvalidParameterValue");
    assert_eq!(fixture.delete(stale).unwrap_err().code(), "InvalidParameterValue");
    assert_eq!(fixture.counts().in_flight, 1);
}

#[test]
fn a_standard_receipt_hides_its_message_again() {
    let mut fixture = Fixture::standard(&[]);
    fixture.send("m");
    let receipt = fixture.receive(1).remove(0).receipt;
    fixture.advance(30);
    assert_eq!(fixture.counts().visible, 1);
    fixture.change_visibility(receipt, 5).unwrap();
    assert_eq!(fixture.counts().in_flight, 1);
}

#[test]
fn the_visibility_of_a_fifo_message_can_be_changed_in_flight() {
    let mut fixture = Fixture::fifo(&[]);
    fixture.send_message(fifo_message("m", "g", "1")).unwrap();
    let receipt = fixture.receive(1).remove(0).receipt;
    fixture.change_visibility(receipt, 60).unwrap();
    fixture.advance(59);
    assert_eq!(fixture.counts().in_flight, 1);
    fixture.advance(1);
    assert_eq!(fixture.counts().visible, 1);
}

#[test]
fn a_fifo_receipt_expires_with_its_visibility_timeout() {
    let mut fixture = Fixture::fifo(&[]);
    fixture.send_message(fifo_message("m", "g", "1")).unwrap();
    let receipt = fixture.receive(1).remove(0).receipt;
    fixture.advance(30);
    assert!(fixture.delete(receipt).unwrap_err().message().contains("has expired"));
    assert!(fixture.change_visibility(receipt, 5).is_err());
    assert_eq!(fixture.counts().visible, 1);
}

#[test]
fn deleting_the_first_message_unlocks_its_group() {
    let mut fixture = Fixture::fifo(&[]);
    fixture.send_message(fifo_message("1", "g", "1")).unwrap();
    fixture.send_message(fifo_message("2", "g", "2")).unwrap();
    let receipt = fixture.receive(1).remove(0).receipt;
    assert_eq!(fixture.receive_bodies(10), [""; 0]);
    fixture.delete(receipt).unwrap();
    assert_eq!(fixture.receive_bodies(10), ["2"]);
}
