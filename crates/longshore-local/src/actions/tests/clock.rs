//! What an advance of the clock ends: everything that a test would otherwise wait for.

use std::time::Duration;

use serde_json::{Value, json};

use super::fixture::Fixture;
use super::model::Place;
use crate::action::Action;

const SOURCE: Place = Place::Source;

async fn send(queues: &Fixture, fields: Value) -> Value {
    let mut request = json!({ "MessageBody": "m" });
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    queues.perform(Action::SendMessage, SOURCE, request).await.unwrap()
}

async fn receive(queues: &Fixture, fields: Value) -> Vec<Value> {
    let received = queues.perform(Action::ReceiveMessage, SOURCE, fields).await.unwrap();
    received["Messages"].as_array().cloned().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn delays_and_visibility_timeouts_end_at_their_second() {
    let queues = Fixture::new(false);
    send(&queues, json!({ "DelaySeconds": 900 })).await;
    queues.advance(899);
    assert_eq!(queues.counts(SOURCE).delayed, 1);
    queues.advance(1);
    assert_eq!(receive(&queues, json!({ "VisibilityTimeout": 43200 })).await.len(), 1);
    queues.advance(43_199);
    assert_eq!(queues.counts(SOURCE).in_flight, 1);
    queues.advance(1);
    assert_eq!(queues.counts(SOURCE).visible, 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_is_gone_after_its_retention_period() {
    let queues = Fixture::new(false);
    send(&queues, json!({})).await;
    queues.advance(4 * 24 * 60 * 60 - 1);
    assert_eq!(queues.counts(SOURCE).visible, 1);
    queues.advance(1);
    assert_eq!(queues.counts(SOURCE).visible, 0);
}

#[tokio::test(start_paused = true)]
async fn an_advance_ends_the_deduplication_interval() {
    let queues = Fixture::new(true);
    let fields = json!({ "MessageGroupId": "g", "MessageDeduplicationId": "d" });
    let first = send(&queues, fields.clone()).await;
    queues.advance(299);
    assert_eq!(send(&queues, fields.clone()).await, first);
    queues.advance(1);
    assert_ne!(send(&queues, fields).await["MessageId"], first["MessageId"]);
    assert_eq!(queues.counts(SOURCE).visible, 2);
}

#[tokio::test(start_paused = true)]
async fn an_advance_ends_a_receive_attempt() {
    let queues = Fixture::new(true);
    send(&queues, json!({ "MessageGroupId": "g", "MessageDeduplicationId": "d" })).await;
    let attempt = json!({ "ReceiveRequestAttemptId": "a", "VisibilityTimeout": 600 });
    let first = receive(&queues, attempt.clone()).await;
    queues.advance(299);
    assert_eq!(receive(&queues, attempt.clone()).await, first);
    queues.advance(1);
    assert!(receive(&queues, attempt).await.is_empty(), "the message is in flight");
}

#[tokio::test(start_paused = true)]
async fn timestamps_follow_the_clock() {
    let queues = Fixture::new(false);
    let sent = async || -> u64 {
        send(&queues, json!({})).await;
        let fields = json!({ "AttributeNames": ["SentTimestamp"], "MaxNumberOfMessages": 10 });
        let received = receive(&queues, fields).await;
        let newest = &received.last().unwrap()["Attributes"]["SentTimestamp"];
        newest.as_str().unwrap().parse().unwrap()
    };
    let first = sent().await;
    queues.advance(86_400);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(sent().await - first, 86_401_000);
}
