//! Conversion of the SDK's types. Missing or malformed values are left out; they are not errors.

#[cfg(test)]
mod property;

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    self, BatchResultErrorEntry, MessageAttributeValue, MessageSystemAttributeName,
    MessageSystemAttributeNameForSends, MessageSystemAttributeValue, QueueAttributeName,
};
use serde_json::Value;

use crate::format::bounded;
use crate::queue::api::{QueueAttributes, Refused};
use crate::queue::message::{AttributeContent, AttributeValue, Message};

/// The system attributes that the worker or a handler uses. Each adds bytes to every answer.
pub(super) const SYSTEM_ATTRIBUTES: [MessageSystemAttributeName; 8] = [
    MessageSystemAttributeName::ApproximateReceiveCount,
    MessageSystemAttributeName::SentTimestamp,
    MessageSystemAttributeName::ApproximateFirstReceiveTimestamp,
    MessageSystemAttributeName::MessageGroupId,
    MessageSystemAttributeName::AwsTraceHeader,
    MessageSystemAttributeName::SenderId,
    MessageSystemAttributeName::MessageDeduplicationId,
    MessageSystemAttributeName::SequenceNumber,
];

/// `None` for a message without a receipt handle, which could not be settled.
pub(super) fn message(message: types::Message) -> Option<Message> {
    let mut system = message.attributes.unwrap_or_default();
    let mut take = |name| system.remove(&name);
    let attributes = message.message_attributes.unwrap_or_default();
    Some(Message {
        id: message.message_id.unwrap_or_default().into(),
        receipt: message.receipt_handle?.into(),
        body: message.body.unwrap_or_default(),
        attributes: attributes.into_iter().filter_map(attribute).collect(),
        receive_count: take(MessageSystemAttributeName::ApproximateReceiveCount)
            .and_then(|count| count.parse().ok())
            .unwrap_or(1),
        sent_at: take(MessageSystemAttributeName::SentTimestamp).and_then(time),
        published_at: None,
        first_received_at: take(MessageSystemAttributeName::ApproximateFirstReceiveTimestamp)
            .and_then(time),
        group_id: take(MessageSystemAttributeName::MessageGroupId),
        trace_header: take(MessageSystemAttributeName::AwsTraceHeader),
        sender_id: take(MessageSystemAttributeName::SenderId),
        deduplication_id: take(MessageSystemAttributeName::MessageDeduplicationId),
        sequence_number: take(MessageSystemAttributeName::SequenceNumber),
        body_md5: message.md5_of_body,
        envelope: None,
    })
}

fn attribute((name, value): (String, MessageAttributeValue)) -> Option<(String, AttributeValue)> {
    let content = match (value.string_value, value.binary_value) {
        (Some(text), _) => AttributeContent::Text(text),
        (None, Some(bytes)) => AttributeContent::Bytes(bytes.into_inner()),
        (None, None) => return None,
    };
    Some((name, AttributeValue { data_type: value.data_type, content }))
}

/// The attributes of a message that is sent.
pub(super) fn message_attributes(
    attributes: &BTreeMap<String, AttributeValue>,
) -> HashMap<String, MessageAttributeValue> {
    let sent = |value: &AttributeValue| {
        let sent = MessageAttributeValue::builder().data_type(&value.data_type);
        let sent = match &value.content {
            AttributeContent::Text(text) => sent.string_value(text),
            AttributeContent::Bytes(bytes) => sent.binary_value(Blob::new(bytes.as_slice())),
        };
        sent.build().expect("the data type is set")
    };
    attributes.iter().map(|(name, value)| (name.clone(), sent(value))).collect()
}

/// The system attributes of a message that is sent.
pub(super) fn trace_header(
    header: &str,
) -> HashMap<MessageSystemAttributeNameForSends, MessageSystemAttributeValue> {
    let value = MessageSystemAttributeValue::builder().data_type("String").string_value(header);
    let value = value.build().expect("the data type is set");
    HashMap::from([(MessageSystemAttributeNameForSends::AwsTraceHeader, value)])
}

/// Milliseconds since the epoch, as SQS writes them.
fn time(milliseconds: String) -> Option<SystemTime> {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(milliseconds.parse().ok()?))
}

/// The refused entries of `sent`. An entry that the answer does not mention counts as refused, so
/// that the worker never assumes a message is settled.
pub(super) fn refused<'a>(
    sent: usize,
    succeeded: impl Iterator<Item = &'a str>,
    failed: Vec<BatchResultErrorEntry>,
) -> Vec<Refused> {
    let mut unmentioned: Vec<bool> = vec![true; sent];
    for index in succeeded.filter_map(|id| index(id, sent)) {
        unmentioned[index] = false;
    }
    let mut refused: Vec<Refused> = Vec::new();
    for entry in failed {
        let Some(index) = index(&entry.id, sent) else { continue };
        if refused.iter().all(|refused| refused.index != index) {
            unmentioned[index] = false;
            let (sender_fault, code) = (entry.sender_fault, bounded(entry.code));
            refused.push(Refused { index, sender_fault, code });
        }
    }
    let unmentioned = unmentioned.iter().enumerate().filter(|(_, unmentioned)| **unmentioned);
    refused.extend(unmentioned.map(|(index, _)| not_answered(index)));
    refused
}

fn not_answered(index: usize) -> Refused {
    Refused { index, sender_fault: false, code: "NotAnswered".to_owned() }
}

/// The index of an entry. Its id has exactly these digits: `00` and `+0` were not sent.
fn index(id: &str, sent: usize) -> Option<usize> {
    let is_canonical = id == "0" || !id.starts_with(['0', '+']);
    id.parse().ok().filter(|index| is_canonical && *index < sent)
}

pub(super) fn attributes(all: &HashMap<QueueAttributeName, String>) -> QueueAttributes {
    let number = |name| all.get(&name).and_then(|value| value.parse().ok()).unwrap_or(0);
    let redrive = all.get(&QueueAttributeName::RedrivePolicy);
    let redrive: Option<Value> = redrive.and_then(|policy| serde_json::from_str(policy).ok());
    QueueAttributes {
        visible: number(QueueAttributeName::ApproximateNumberOfMessages),
        in_flight: number(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
        delayed: number(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
        receive_wait_seconds: number(QueueAttributeName::ReceiveMessageWaitTimeSeconds),
        visibility_timeout_seconds: number(QueueAttributeName::VisibilityTimeout),
        retention_seconds: number(QueueAttributeName::MessageRetentionPeriod),
        delay_seconds: number(QueueAttributeName::DelaySeconds),
        max_receive_count: redrive.as_ref().and_then(max_receive_count).unwrap_or(0),
        dead_letter_arn: redrive.as_ref().and_then(dead_letter_arn).unwrap_or_default(),
        arn: all.get(&QueueAttributeName::QueueArn).cloned().unwrap_or_default(),
    }
}

/// SQS returns the number as it was set, as a string or as a number.
fn max_receive_count(policy: &Value) -> Option<u64> {
    let count = policy.get("maxReceiveCount")?;
    count.as_u64().or_else(|| count.as_str()?.parse().ok())
}

fn dead_letter_arn(policy: &Value) -> Option<String> {
    policy.get("deadLetterTargetArn")?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(id: &str, sender_fault: bool) -> BatchResultErrorEntry {
        let entry = BatchResultErrorEntry::builder().id(id).sender_fault(sender_fault);
        entry.code("InternalError").build().expect("all is set")
    }

    #[test]
    fn an_entry_that_the_answer_does_not_mention_counts_as_refused() {
        let refused = refused(3, ["0"].into_iter(), vec![failed("2", true)]);
        assert_eq!(refused.len(), 2);
        assert!(refused.iter().any(|r| r.index == 2 && r.sender_fault));
        assert!(refused.iter().any(|r| r.index == 1 && !r.sender_fault));
    }

    #[test]
    fn an_id_that_was_never_sent_is_ignored() {
        assert_eq!(refused(1, ["0", "7", "x"].into_iter(), vec![failed("9", true)]), []);
    }

    #[test]
    fn the_receive_count_of_a_redrive_policy_may_be_text_or_number() {
        let arn = "arn:aws:sqs:us-east-1:123456789012:dead";
        let with = |policy: &str| {
            let all = HashMap::from([(QueueAttributeName::RedrivePolicy, policy.to_owned())]);
            let attributes = attributes(&all);
            (attributes.max_receive_count, attributes.dead_letter_arn)
        };
        for count in ["\"5\"", "5"] {
            let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{count}}}"#);
            assert_eq!(with(&policy), (5, arn.to_owned()));
        }
        assert_eq!(with("nonsense"), (0, String::new()));
    }
}
