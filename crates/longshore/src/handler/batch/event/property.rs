//! Foreign messages in an event: JSON that a handler reads back unchanged.

use proptest::collection::vec;
use proptest::prelude::{prop_assert_eq, proptest};
use serde_json::Value;

use super::json;
use crate::queue::property::message;

#[test]
fn any_messages_are_an_event_that_can_be_read_back() {
    proptest!(|(messages in vec(message(), 0..4), arn in foreign_input::hostile_text())| {
        let event: Value = serde_json::from_str(&json(&messages, Some(&arn))).unwrap();
        let records = event["Records"].as_array().unwrap();
        prop_assert_eq!(records.len(), messages.len());
        for (record, message) in records.iter().zip(&messages) {
            prop_assert_eq!(record["messageId"].as_str(), Some(&*message.id));
            prop_assert_eq!(record["body"].as_str(), Some(&*message.body));
            let count = message.receive_count.to_string();
            prop_assert_eq!(record["attributes"]["ApproximateReceiveCount"].as_str(), Some(&*count));
            let attributes = record["messageAttributes"].as_object().unwrap();
            prop_assert_eq!(attributes.len(), message.attributes.len());
            for (name, value) in &message.attributes {
                prop_assert_eq!(attributes[name]["stringValue"].as_str(), value.as_text());
            }
        }
    });
}
