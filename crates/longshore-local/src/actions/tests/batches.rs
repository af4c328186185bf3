//! The responses to batches.

use serde_json::{Value, json};

use super::fixture::Fixture;
use super::model::Place;
use crate::action::Action;

const SOURCE: Place = Place::Source;

fn keys(response: &Value) -> Vec<&str> {
    response.as_object().unwrap().keys().map(String::as_str).collect()
}

fn fifo_entry(id: &str, deduplication_id: Option<&str>) -> Value {
    let mut entry = json!({ "Id": id, "MessageBody": id, "MessageGroupId": "g" });
    if let Some(deduplication_id) = deduplication_id {
        entry["MessageDeduplicationId"] = json!(deduplication_id);
    }
    entry
}

/// A receipt handle of a message in flight, and one that SQS refuses.
async fn receipts(queues: &Fixture) -> [String; 2] {
    let received = queues.perform(Action::ReceiveMessage, SOURCE, json!({})).await.unwrap();
    let receipt = received["Messages"][0]["ReceiptHandle"].as_str().unwrap();
    [receipt.to_owned(), "garbage".to_owned()]
}

#[tokio::test(start_paused = true)]
async fn a_sent_batch_has_no_empty_list() {
    let queues = Fixture::new(false);
    let good = json!({ "Id": "good", "MessageBody": "m" });
    let bad = json!({ "Id": "bad", "MessageBody": "\u{1}" });
    for (entries, expected) in [
        (json!([good]), vec!["Successful"]),
        (json!([bad]), vec!["Failed"]),
        (json!([good, bad]), vec!["Failed", "Successful"]),
    ] {
        let request = json!({ "Entries": entries });
        let response = queues.perform(Action::SendMessageBatch, SOURCE, request).await.unwrap();
        assert_eq!(keys(&response), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_settled_batch_has_no_empty_list() {
    let queues = Fixture::new(false);
    let send = json!({ "MessageBody": "m" });
    queues.perform(Action::SendMessage, SOURCE, send).await.unwrap();
    let [good, bad] = receipts(&queues).await;
    for action in [Action::ChangeMessageVisibilityBatch, Action::DeleteMessageBatch] {
        for (receipt, expected) in [(&good, "Successful"), (&bad, "Failed")] {
            let entry = json!({ "Id": "1", "ReceiptHandle": receipt, "VisibilityTimeout": 9 });
            let request = json!({ "Entries": [entry] });
            let response = queues.perform(action, SOURCE, request).await.unwrap();
            assert_eq!(keys(&response), [expected], "{}", action.name());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn one_entry_without_a_deduplication_id_fails_the_whole_batch() {
    let queues = Fixture::new(true);
    let entries = [fifo_entry("a", Some("1")), fifo_entry("b", None)];
    let request = json!({ "Entries": entries });
    let batch = || queues.perform(Action::SendMessageBatch, SOURCE, request.clone());
    let expected = "InvalidParameterValue: The queue should either have ContentBasedDeduplication \
                    enabled or MessageDeduplicationId provided explicitly";
    assert_eq!(batch().await.unwrap_err().to_string(), expected);
    assert_eq!(queues.counts(SOURCE).visible, 0);

    let attributes = json!({ "Attributes": { "ContentBasedDeduplication": "True" } });
    queues.perform(Action::SetQueueAttributes, SOURCE, attributes).await.unwrap();
    assert_eq!(keys(&batch().await.unwrap()), ["Successful"]);
    assert_eq!(queues.counts(SOURCE).visible, 2);
}

#[tokio::test(start_paused = true)]
async fn a_long_entry_fails_with_the_words_of_a_batch() {
    let queues = Fixture::new(false);
    let attributes = json!({ "Attributes": { "MaximumMessageSize": "1024" } });
    queues.perform(Action::SetQueueAttributes, SOURCE, attributes).await.unwrap();
    let body = "x".repeat(1025);
    let request = json!({ "Entries": [{ "Id": "long", "MessageBody": body }] });
    let response = queues.perform(Action::SendMessageBatch, SOURCE, request).await.unwrap();
    assert_eq!(
        response["Failed"][0]["Message"],
        "One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes."
    );
    let single = json!({ "MessageBody": body });
    let refusal = queues.perform(Action::SendMessage, SOURCE, single).await.unwrap_err();
    assert_eq!(
        refusal.message(),
        "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."
    );
}
