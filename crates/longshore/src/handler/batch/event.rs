//! The event that AWS Lambda passes to a function for messages of SQS.
//! <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>

#[cfg(test)]
mod property;

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_STANDARD, Engine};
use serde::Serialize;

use crate::queue::{AttributeContent, AttributeValue, Message};

#[derive(Serialize)]
struct Event<'a> {
    #[serde(rename = "Records")]
    records: Vec<Record<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    message_id: &'a str,
    receipt_handle: &'a str,
    body: &'a str,
    attributes: BTreeMap<&'static str, String>,
    message_attributes: BTreeMap<&'a str, Attribute<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    md5_of_body: Option<&'a str>,
    event_source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none", rename = "eventSourceARN")]
    event_source_arn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_region: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attribute<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
    data_type: &'a str,
}

/// The event as JSON. `queue_arn` is left out if it is not known.
pub(crate) fn json(messages: &[Message], queue_arn: Option<&str>) -> String {
    let records = messages.iter().map(|message| record(message, queue_arn)).collect();
    serde_json::to_string(&Event { records }).expect("texts and numbers have a JSON form")
}

fn record<'a>(message: &'a Message, queue_arn: Option<&'a str>) -> Record<'a> {
    let attributes = message.attributes.iter();
    Record {
        message_id: &message.id,
        receipt_handle: message.receipt.as_str(),
        body: &message.body,
        attributes: system_attributes(message),
        message_attributes: attributes.map(|(name, value)| (&**name, attribute(value))).collect(),
        md5_of_body: message.body_md5.as_deref(),
        event_source: "aws:sqs",
        event_source_arn: queue_arn,
        aws_region: queue_arn.and_then(|arn| arn.split(':').nth(3)),
    }
}

fn system_attributes(message: &Message) -> BTreeMap<&'static str, String> {
    let milliseconds = |time: Option<SystemTime>| {
        Some(time?.duration_since(UNIX_EPOCH).ok()?.as_millis().to_string())
    };
    let known = [
        ("ApproximateReceiveCount", Some(message.receive_count.to_string())),
        ("SentTimestamp", milliseconds(message.sent_at)),
        ("ApproximateFirstReceiveTimestamp", milliseconds(message.first_received_at)),
        ("MessageGroupId", message.group_id.clone()),
        ("AWSTraceHeader", message.trace_header.clone()),
        ("SenderId", message.sender_id.clone()),
        ("MessageDeduplicationId", message.deduplication_id.clone()),
        ("SequenceNumber", message.sequence_number.clone()),
    ];
    known.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn attribute(value: &AttributeValue) -> Attribute<'_> {
    let (string_value, binary_value) = match &value.content {
        AttributeContent::Text(text) => (Some(&**text), None),
        AttributeContent::Bytes(bytes) => (None, Some(BASE64_STANDARD.encode(bytes))),
    };
    Attribute { string_value, binary_value, data_type: &value.data_type }
}
