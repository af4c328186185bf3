//! The responses of actions on queues, and what the actions change.

use serde_json::{Value, json};

use super::fixture::Fixture;
use super::model::Place::Source;
use crate::action::Action;

#[tokio::test]
async fn an_action_without_a_result_answers_with_an_empty_object() {
    let fixture = Fixture::new(false);
    let sent = fixture.perform(Action::SendMessage, Source, json!({ "MessageBody": "a" })).await;
    assert!(sent.is_ok());
    let received = fixture.perform(Action::ReceiveMessage, Source, json!({})).await.unwrap();
    let receipt = &received["Messages"][0]["ReceiptHandle"];
    for (action, request) in [
        (
            Action::ChangeMessageVisibility,
            json!({ "ReceiptHandle": receipt, "VisibilityTimeout": 9 }),
        ),
        (Action::DeleteMessage, json!({ "ReceiptHandle": receipt })),
        (Action::TagQueue, json!({ "Tags": { "team": "orders" } })),
        (Action::UntagQueue, json!({ "TagKeys": ["team"] })),
        (Action::SetQueueAttributes, json!({ "Attributes": { "DelaySeconds": "5" } })),
        (Action::PurgeQueue, json!({})),
        (Action::DeleteQueue, json!({})),
    ] {
        let answer = fixture.perform(action, Source, request).await;
        assert_eq!(answer.unwrap(), json!({}), "{action:?}");
    }
}

#[tokio::test]
async fn tags_are_added_replaced_and_removed() {
    let fixture = Fixture::new(false);
    let tags = json!({ "Tags": { "team": "orders", "stage": "test" } });
    fixture.perform(Action::TagQueue, Source, tags).await.unwrap();
    let changed = json!({ "Tags": { "stage": "live" } });
    fixture.perform(Action::TagQueue, Source, changed).await.unwrap();
    assert_eq!(tags_of(&fixture).await, json!({ "Tags": { "team": "orders", "stage": "live" } }));

    let removed = json!({ "TagKeys": ["team", "unknown"] });
    fixture.perform(Action::UntagQueue, Source, removed).await.unwrap();
    assert_eq!(tags_of(&fixture).await, json!({ "Tags": { "stage": "live" } }));
}

async fn tags_of(fixture: &Fixture) -> Value {
    fixture.perform(Action::ListQueueTags, Source, json!({})).await.unwrap()
}

#[tokio::test]
async fn a_receive_attempt_has_1_to_128_characters() {
    let fixture = Fixture::new(true);
    let receive = async |attempt: &str| {
        let request = json!({ "ReceiveRequestAttemptId": attempt });
        fixture.perform(Action::ReceiveMessage, Source, request).await.is_ok()
    };
    assert!(receive("a").await);
    assert!(receive(&"a".repeat(128)).await);
    assert!(!receive("").await);
    assert!(!receive(&"a".repeat(129)).await);
    assert!(!receive("a b").await);
}
