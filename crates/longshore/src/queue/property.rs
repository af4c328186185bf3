//! Foreign messages, as the property tests of several modules use them.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use foreign_input::{hostile_text, text};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::{Strategy, any, prop_oneof};
use proptest::sample::select;

use super::{AttributeContent, AttributeValue, Message};

/// Names of headers and variables that a sender must not set.
const TAKEN: &[&str] = &[
    "content-length",
    "content-type",
    "host",
    "message_id",
    "message-id",
    "msgid",
    "omitted_attributes",
    "PATH",
    "queue",
    "traceparent",
    "TRACEPARENT",
    "x-aws-sqsd-msgid",
];

/// A name that SQS accepts, or one that it does not.
fn attribute_name() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-cA-C]{1,2}",
        2 => "[A-Za-z0-9_.-]{1,40}",
        2 => select(TAKEN).prop_map(str::to_owned),
        1 => text("[A-Za-z0-9_.-]{1,40}"),
        1 => hostile_text(),
    ]
}

fn attribute_value() -> impl Strategy<Value = AttributeValue> {
    let text = prop_oneof![3 => "[ -~]{0,60}", 2 => text("[ -~]{0,60}"), 1 => "[a-z]{1000,5000}"];
    let content = prop_oneof![
        6 => text.prop_map(AttributeContent::Text),
        1 => vec(any::<u8>(), 0..40).prop_map(AttributeContent::Bytes),
    ];
    ("[ -~]{0,12}", content).prop_map(|(data_type, content)| AttributeValue { data_type, content })
}

fn attributes() -> impl Strategy<Value = BTreeMap<String, AttributeValue>> {
    let plain = ("[A-Za-z0-9_.-]{1,20}", "[ -~]{0,60}").prop_map(|(name, text)| {
        let data_type = "String".to_owned();
        (name, AttributeValue { data_type, content: AttributeContent::Text(text) })
    });
    prop_oneof![
        1 => vec(plain, 0..4).prop_map(BTreeMap::from_iter),
        3 => btree_map(attribute_name(), attribute_value(), 0..12),
    ]
}

fn time() -> impl Strategy<Value = SystemTime> {
    any::<u64>().prop_map(|milliseconds| UNIX_EPOCH + Duration::from_millis(milliseconds))
}

/// A message with any values.
pub(crate) fn message() -> impl Strategy<Value = Message> {
    let ids = (hostile_text(), text("[0-9a-f]{8}-[0-9a-f]{4}"), hostile_text());
    let times = (option::of(time()), option::of(time()));
    let senders = (option::of(hostile_text()), option::of(hostile_text()));
    let rest = (any::<u32>(), times, senders, attributes());
    (ids, rest).prop_map(|((id, receipt, body), (count, times, senders, attributes))| {
        let mut message = Message::new(id, receipt, body);
        message.receive_count = count;
        (message.sent_at, message.first_received_at) = times;
        (message.group_id, message.trace_header) = senders;
        message.attributes = attributes;
        message
    })
}
