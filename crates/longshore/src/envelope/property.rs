//! Foreign bodies: what is not an envelope stays as it is.

use std::cell::Cell;

use foreign_input::Input;
use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde_json::Value;

use super::tests::{EVENT, notification, s3_event, unwrapped};
use crate::config::Unwrap;

/// An envelope with mutations.
fn bodies() -> impl Strategy<Value = Input> {
    let event: Value = serde_json::from_str(EVENT).expect("the sample is JSON");
    prop_oneof![
        foreign_input::json(Just(notification("crate"))),
        foreign_input::json(Just(event)),
        foreign_input::json(Just(s3_event())),
    ]
}

/// What a notification and an event have inside, by the rules of their pages.
fn inside(body: &Value) -> Option<String> {
    let is_text = |name: &str| body[name].is_string();
    if body["Type"] == "Notification" {
        let required = ["MessageId", "TopicArn", "Timestamp"];
        let is_one = required.into_iter().all(is_text);
        return body["Message"].as_str().filter(|_| is_one).map(str::to_owned);
    }
    let required = ["id", "detail-type", "source", "account", "time", "region"];
    let is_one = body["version"] == "0"
        && required.into_iter().all(is_text)
        && body["resources"].is_array()
        && body["detail"].is_object();
    is_one.then(|| body["detail"].to_string())
}

#[test]
fn a_body_is_replaced_only_by_what_is_inside_of_it() {
    let (opened, untouched) = (Cell::new(0), Cell::new(0));
    proptest!(|(body in bodies())| {
        let Ok(body) = std::str::from_utf8(&body) else { return Ok(()) };
        let (_, message) = unwrapped(Unwrap::Auto, body);
        if message.body == body {
            untouched.set(untouched.get() + 1);
            return Ok(());
        }
        opened.set(opened.get() + 1);
        prop_assert!(message.published_at.is_some() || body.contains("replay-name"));
        let json: Value = serde_json::from_str(body).expect("an envelope is JSON");
        let inside = inside(&json).expect("it has all fields of an envelope");
        let is_same = match serde_json::from_str::<Value>(&message.body) {
            Ok(opened) if opened.is_object() => opened == serde_json::from_str::<Value>(&inside)?,
            _ => message.body == inside,
        };
        prop_assert!(is_same, "{} is not {}", message.body, inside);
    });
    assert!(opened.get() > 0 && untouched.get() > 0);
}

#[test]
fn a_queue_without_envelopes_leaves_every_body() {
    proptest!(|(body in bodies())| {
        let Ok(body) = std::str::from_utf8(&body) else { return Ok(()) };
        prop_assert_eq!(unwrapped(Unwrap::None, body).1.body, body);
    });
}
