//! Requests that are refused, or accepted, as a whole.

use serde_json::{Value, json};

use super::fixture::Fixture;
use super::model::Place;
use crate::action::Action;

const SOURCE: Place = Place::Source;

#[tokio::test(start_paused = true)]
async fn an_array_in_the_place_of_an_object_is_refused() {
    let queues = Fixture::new(false);
    for (action, request) in [
        (Action::SendMessageBatch, json!({ "Entries": [["", "id", "body"]] })),
        (Action::DeleteMessageBatch, json!({ "Entries": [["", "id", "receipt"]] })),
        (Action::ChangeMessageVisibilityBatch, json!({ "Entries": [["", "id", "receipt", 1]] })),
        (
            Action::SendMessage,
            json!({ "MessageBody": "m", "MessageAttributes": { "a": ["v", null, "String"] } }),
        ),
        (
            Action::SendMessage,
            json!({
                "MessageBody": "m",
                "MessageSystemAttributes": { "AWSTraceHeader": ["v", null, "String"] },
            }),
        ),
    ] {
        let refusal = queues.perform(action, SOURCE, request).await.unwrap_err();
        assert_eq!(refusal.shape().wire_type(), "com.amazon.coral.service#SerializationException");
        assert!(refusal.message().contains("sequence, expected an object"), "{refusal}");
    }
    assert_eq!(queues.counts(SOURCE).visible, 0);
}

#[tokio::test(start_paused = true)]
async fn a_binary_trace_header_is_refused() {
    let queues = Fixture::new(false);
    let header = json!({ "DataType": "String", "BinaryValue": "Um9vdD0x" });
    let request = json!({
        "MessageBody": "m",
        "MessageSystemAttributes": { "AWSTraceHeader": header },
    });
    let refusal = queues.perform(Action::SendMessage, SOURCE, request).await.unwrap_err();
    assert_eq!(refusal.code(), "InvalidParameterValue");
}

#[tokio::test(start_paused = true)]
async fn the_tags_of_a_queue_are_limited_when_added_and_when_created() {
    let queues = Fixture::new(false);
    let tags = |numbers: std::ops::Range<u32>| -> Value {
        numbers
            .map(|number| (number.to_string(), json!("v")))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let tag = |tags: Value| queues.perform(Action::TagQueue, SOURCE, json!({ "Tags": tags }));
    tag(tags(0..50)).await.unwrap();
    let refusal = tag(tags(49..51)).await.unwrap_err();
    let expected = "InvalidParameterValue: Too many tags added for queue orders.";
    assert_eq!(refusal.to_string(), expected);
    let present = queues.perform(Action::ListQueueTags, SOURCE, json!({})).await.unwrap();
    assert_eq!(present, json!({ "Tags": tags(0..50) }), "a refused request changes nothing");
    tag(tags(49..50)).await.unwrap();

    let create = |tags: Value| {
        let request = json!({ "QueueName": "other", "tags": tags });
        queues.perform(Action::CreateQueue, SOURCE, request)
    };
    let refusal = create(tags(0..51)).await.unwrap_err();
    let expected = "InvalidParameterValue: Too many tags added for queue other.";
    assert_eq!(refusal.to_string(), expected);
    create(tags(0..50)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_asterisk_requests_all_message_attributes() {
    let queues = Fixture::new(false);
    let attribute = json!({ "DataType": "String", "StringValue": "v" });
    let attributes = json!({ "größe": attribute });
    let send = json!({ "MessageBody": "m", "MessageAttributes": attributes });
    let sent = queues.perform(Action::SendMessage, SOURCE, send).await.unwrap();
    let request = json!({ "MessageAttributeNames": ["*"] });
    let received = queues.perform(Action::ReceiveMessage, SOURCE, request).await.unwrap();
    let message = &received["Messages"][0];
    assert_eq!(message["MessageAttributes"], attributes);
    assert_eq!(message["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"]);
}
