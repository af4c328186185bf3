//! The messages of a queue, seen without a receive.

use super::fixture::{Fixture, fifo_message, message};
use crate::queue::{Message, MessageState, NewMessage};

/// All fields but the id.
fn fields(message: &Message) -> (&str, Option<&str>, u32, MessageState) {
    (&message.body, message.group.as_deref(), message.receive_count, message.state)
}

#[test]
fn each_message_is_seen_in_its_state_in_the_order_of_sending() {
    let mut fixture = Fixture::standard(&[]);
    fixture.send_message(NewMessage { delay: Some(5), ..message("delayed") }).unwrap();
    fixture.send("received");
    fixture.send("visible");
    assert_eq!(fixture.receive_bodies(1), ["received"]);
    let view = fixture.queue.view();
    let expected = [
        ("delayed", None, 0, MessageState::Delayed),
        ("received", None, 1, MessageState::InFlight),
        ("visible", None, 0, MessageState::Visible),
    ];
    assert_eq!(view.iter().map(fields).collect::<Vec<_>>(), expected);
    fixture.advance(30);
    let states = fixture.queue.view().into_iter().map(|message| message.state);
    assert_eq!(states.collect::<Vec<_>>(), [MessageState::Visible; 3]);
}

#[test]
fn a_message_is_seen_with_its_id_and_its_group() {
    let mut fixture = Fixture::fifo(&[]);
    let sent = fixture.send_message(fifo_message("m", "g", "d")).unwrap();
    let view = fixture.queue.view();
    assert_eq!(view[0].id, sent.message_id);
    assert_eq!(fields(&view[0]), ("m", Some("g"), 0, MessageState::Visible));
}
