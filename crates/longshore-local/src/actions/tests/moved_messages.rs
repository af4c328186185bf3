//! Which messages a message move task moves, where to, and as what.

use serde_json::{Value, json};

use super::model::Place;
use super::redrive::Redrive;
use crate::action::Action;

fn texts<'a>(messages: &'a [Value], field: &str) -> Vec<&'a str> {
    messages.iter().map(|message| message[field].as_str().unwrap()).collect()
}

#[tokio::test(start_paused = true)]
async fn dead_letters_return_to_the_queue_that_they_came_from() {
    let redrive = Redrive::new(false);
    redrive.dead_letters(&["m1", "m2"]).await;
    redrive.start(json!({})).await.unwrap();
    let task = redrive.ended_task().await;
    assert_eq!(
        (&task["Status"], &task["ApproximateNumberOfMessagesMoved"]),
        (&json!("COMPLETED"), &json!(2))
    );
    assert_eq!(texts(&redrive.receive(Place::Source, 30).await, "Body"), ["m1", "m2"]);
    let counts = redrive.counts(Place::Dead);
    assert_eq!((counts.visible, counts.in_flight), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_moved_message_is_a_new_message_with_the_same_content() {
    let redrive = Redrive::new(false);
    redrive.dead_letters(&["m"]).await;
    tokio::time::advance(std::time::Duration::from_secs(7)).await;
    let [before] = &redrive.receive(Place::Dead, 0).await[..] else { panic!("one message") };
    assert_eq!(before["Attributes"]["DeadLetterQueueSourceArn"], json!(redrive.arn("orders")));
    redrive.start(json!({})).await.unwrap();
    redrive.ended_task().await;
    let [after] = &redrive.receive(Place::Source, 30).await[..] else { panic!("one message") };
    assert_ne!(after["MessageId"], before["MessageId"]);
    assert_eq!((&after["Body"], &after["MD5OfBody"]), (&before["Body"], &before["MD5OfBody"]));
    let attributes = &after["Attributes"];
    assert_eq!(attributes["ApproximateReceiveCount"], "1");
    assert_eq!(attributes.get("DeadLetterQueueSourceArn"), None);
    let sent = |message: &Value| {
        message["Attributes"]["SentTimestamp"].as_str().unwrap().parse::<u64>().unwrap()
    };
    assert_eq!(sent(after) - sent(before), 7_000);
}

#[tokio::test(start_paused = true)]
async fn messages_in_flight_and_delayed_messages_stay() {
    let redrive = Redrive::new(false);
    redrive.create("other", json!({})).await;
    redrive.send(Place::Dead, &["received"]).await;
    assert_eq!(redrive.receive(Place::Dead, 30).await.len(), 1);
    redrive.send(Place::Dead, &["visible"]).await;
    let delayed = json!({ "MessageBody": "delayed", "DelaySeconds": 60 });
    redrive.queues.perform(Action::SendMessage, Place::Dead, delayed).await.unwrap();
    redrive.start(json!({ "DestinationArn": redrive.arn("other") })).await.unwrap();
    let task = redrive.ended_task().await;
    let [moved, to_move] =
        ["Moved", "ToMove"].map(|kind| &task[format!("ApproximateNumberOfMessages{kind}")]);
    assert_eq!((moved, to_move), (&json!(1), &json!(1)));
    let counts = redrive.counts(Place::Dead);
    assert_eq!((counts.visible, counts.in_flight, counts.delayed), (0, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn messages_that_arrive_after_the_start_stay() {
    let redrive = Redrive::new(false);
    redrive.dead_letters(&["m1", "m2"]).await;
    redrive.start(json!({})).await.unwrap();
    redrive.send(Place::Dead, &["later"]).await;
    assert_eq!(redrive.ended_task().await["Status"], "COMPLETED");
    assert_eq!(texts(&redrive.receive(Place::Dead, 30).await, "Body"), ["later"]);
}

#[tokio::test(start_paused = true)]
async fn a_moved_message_has_the_delay_of_its_destination() {
    let redrive = Redrive::new(false);
    redrive.create("slow", json!({ "DelaySeconds": "9" })).await;
    redrive.dead_letters(&["m"]).await;
    redrive.start(json!({ "DestinationArn": redrive.arn("slow") })).await.unwrap();
    redrive.ended_task().await;
    let request = json!({ "QueueUrl": "http://h/0/slow", "AttributeNames": ["All"] });
    let answer = redrive.queues.perform_as_is(Action::GetQueueAttributes, request).await.unwrap();
    assert_eq!(answer["Attributes"]["ApproximateNumberOfMessagesDelayed"], "1");
}

#[tokio::test(start_paused = true)]
async fn fifo_messages_keep_their_group_and_their_order() {
    let redrive = Redrive::new(true);
    let sent = ["a1", "b1", "a2", "b2"];
    redrive.dead_letters(&sent).await;
    let dead = redrive.receive(Place::Dead, 0).await;
    redrive.start(json!({})).await.unwrap();
    assert_eq!(redrive.ended_task().await["ApproximateNumberOfMessagesMoved"], json!(4));
    let moved = redrive.receive(Place::Source, 30).await;
    assert_eq!(moved.len(), 4, "no moved message is a duplicate of its original");
    for group in ["a", "b"] {
        let of_group: Vec<Value> = moved
            .iter()
            .filter(|message| message["Attributes"]["MessageGroupId"] == group)
            .cloned()
            .collect();
        assert_eq!(texts(&of_group, "Body"), [format!("{group}1"), format!("{group}2")]);
    }
    for message in &moved {
        let original = dead.iter().find(|original| original["Body"] == message["Body"]).unwrap();
        assert_eq!(message["Attributes"]["MessageDeduplicationId"], original["MessageId"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_fifo_message_behind_one_in_flight_stays() {
    let redrive = Redrive::new(true);
    redrive.dead_letters(&["a1", "a2", "b1"]).await;
    let one = json!({ "MaxNumberOfMessages": 1 });
    redrive.queues.perform(Action::ReceiveMessage, Place::Dead, one).await.unwrap();
    redrive.start(json!({})).await.unwrap();
    assert_eq!(redrive.ended_task().await["Status"], "COMPLETED");
    assert_eq!(texts(&redrive.receive(Place::Source, 30).await, "Body"), ["b1"]);
    let counts = redrive.counts(Place::Dead);
    assert_eq!((counts.visible, counts.in_flight), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_receipt_from_before_the_move_deletes_nothing_after_a_failed_move() {
    let redrive = Redrive::new(false);
    redrive.send(Place::Dead, &["m"]).await;
    let [message] = &redrive.receive(Place::Dead, 0).await[..] else { panic!("one message") };
    redrive.start(json!({})).await.unwrap();
    assert_eq!(redrive.ended_task().await["Status"], "FAILED");
    let delete = json!({ "ReceiptHandle": message["ReceiptHandle"] });
    redrive.queues.perform(Action::DeleteMessage, Place::Dead, delete).await.unwrap();
    assert_eq!(redrive.counts(Place::Dead).visible, 1);
}
