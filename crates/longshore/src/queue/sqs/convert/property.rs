//! Foreign answers of SQS, or of a server that is not SQS.

use std::cell::Cell;
use std::collections::HashMap;

use aws_sdk_sqs::types::{
    self, BatchResultErrorEntry, MessageSystemAttributeName, QueueAttributeName,
};
use foreign_input::{hostile_text, text};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde_json::json;

use super::{SYSTEM_ATTRIBUTES, attributes, message, refused};

fn number() -> impl Strategy<Value = String> {
    prop_oneof![2 => any::<u64>().prop_map(|n| n.to_string()), 1 => text("[0-9]{1,13}")]
}

/// A message with its receipt handle or without, with numbers that are none.
fn received() -> impl Strategy<Value = types::Message> {
    let ids = (option::of(hostile_text()), option::weighted(0.8, hostile_text()));
    let system = vec((0..SYSTEM_ATTRIBUTES.len(), number()), 0..6);
    (ids, option::of(hostile_text()), system).prop_map(|((id, receipt), body, system)| {
        let built = types::Message::builder().set_message_id(id).set_receipt_handle(receipt);
        let built = system.into_iter().fold(built.set_body(body), |built, (index, value)| {
            built.attributes(SYSTEM_ATTRIBUTES[index].clone(), value)
        });
        built.build()
    })
}

/// The id of an entry as it was sent, or another one.
fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => (0..6_usize).prop_map(|index| index.to_string()),
        1 => "[+0][0-9]{1,2}",
        1 => hostile_text(),
    ]
}

#[test]
fn a_received_message_keeps_what_is_valid() {
    let (kept, dropped) = (Cell::new(0), Cell::new(0));
    proptest!(|(received in received())| {
        let system = received.attributes.clone().unwrap_or_default();
        let number = |name| system.get(&name).and_then(|text: &String| text.parse::<u64>().ok());
        let Some(message) = message(received.clone()) else {
            dropped.set(dropped.get() + 1);
            prop_assert_eq!(received.receipt_handle, None);
            return Ok(());
        };
        kept.set(kept.get() + 1);
        prop_assert_eq!(Some(message.receipt.as_str()), received.receipt_handle.as_deref());
        prop_assert_eq!(&*message.id, received.message_id.as_deref().unwrap_or_default());
        prop_assert_eq!(&*message.body, received.body.as_deref().unwrap_or_default());
        let sent = number(MessageSystemAttributeName::SentTimestamp);
        prop_assert_eq!(message.sent_at.is_some(), sent.is_some());
        let count = number(MessageSystemAttributeName::ApproximateReceiveCount);
        let count = count.and_then(|count| u32::try_from(count).ok());
        prop_assert_eq!(message.receive_count, count.unwrap_or(1));
    });
    assert!(kept.get() > 0 && dropped.get() > 0);
}

/// An entry is settled only if the answer has its id, exactly, among the successes, and not among
/// the failures.
#[test]
fn an_entry_is_settled_only_if_the_answer_says_so() {
    let (settled, refusals) = (Cell::new(0), Cell::new(0));
    proptest!(|(sent in 0..8_usize, succeeded in vec(id(), 0..8), failed in vec(id(), 0..4))| {
        let entry = |id: &String| {
            let entry = BatchResultErrorEntry::builder().id(id).sender_fault(false);
            entry.code("InternalError").build().expect("all is set")
        };
        let entries = failed.iter().map(entry).collect();
        let refused = refused(sent, succeeded.iter().map(String::as_str), entries);
        prop_assert!(refused.iter().all(|refused| refused.index < sent));
        for index in 0..sent {
            let id = index.to_string();
            let is_settled = succeeded.contains(&id) && !failed.contains(&id);
            let times = refused.iter().filter(|refused| refused.index == index).count();
            prop_assert_eq!(times, usize::from(!is_settled), "{}: {:?}", index, refused);
            let count = if is_settled { &settled } else { &refusals };
            count.set(count.get() + 1);
        }
    });
    assert!(settled.get() > 0 && refusals.get() > 0);
}

#[test]
fn the_attributes_of_a_queue_can_have_any_values() {
    let (policies, without) = (Cell::new(0), Cell::new(0));
    let policy = any::<u32>().prop_map(|count| {
        json!({ "deadLetterTargetArn": "arn:aws:sqs:r:123456789012:dead", "maxReceiveCount": count })
    });
    proptest!(|(policy in foreign_input::json(policy), numbers in vec(number(), 3))| {
        let policy = String::from_utf8_lossy(&policy).into_owned();
        let all = HashMap::from([
            (QueueAttributeName::RedrivePolicy, policy),
            (QueueAttributeName::VisibilityTimeout, numbers[0].clone()),
            (QueueAttributeName::MessageRetentionPeriod, numbers[1].clone()),
            (QueueAttributeName::ApproximateNumberOfMessages, numbers[2].clone()),
        ]);
        let attributes = attributes(&all);
        prop_assert_eq!(attributes.visible, numbers[2].parse().unwrap_or(0));
        let count = if attributes.max_receive_count > 0 { &policies } else { &without };
        count.set(count.get() + 1);
    });
    assert!(policies.get() > 0 && without.get() > 0);
}
