//! Refused requests about message move tasks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::model::Place;
use super::redrive::Redrive;
use crate::action::Action;
use crate::refusal::Refusal;

const INVALID: (&str, u16) = ("InvalidParameterValue", 400);
const NOT_FOUND: (&str, u16) = ("ResourceNotFoundException", 404);
const UNKNOWN_SOURCE: &str =
    "The resource that you specified for the SourceArn parameter doesn't exist.";

fn check<T: std::fmt::Debug>(
    answer: Result<T, Refusal>,
    (code, status): (&str, u16),
    message: &str,
) {
    let refusal = answer.unwrap_err();
    let shape = refusal.shape();
    assert_eq!((refusal.code(), shape.status, refusal.message()), (code, status, message));
}

#[tokio::test(start_paused = true)]
async fn the_source_must_be_a_dead_letter_queue() {
    let redrive = Redrive::new(false);
    let request = json!({ "SourceArn": redrive.arn("orders") });
    let answer = redrive.ask(Action::StartMessageMoveTask, request).await;
    check(answer, INVALID, "Source queue must be configured as a Dead Letter Queue.");
}

#[tokio::test(start_paused = true)]
async fn the_source_must_exist() {
    let redrive = Redrive::new(false);
    let other_region = "arn:aws:sqs:eu-west-1:000000000000:dead".to_owned();
    for arn in [redrive.arn("absent"), other_region, "dead".to_owned()] {
        for action in [Action::StartMessageMoveTask, Action::ListMessageMoveTasks] {
            let answer = redrive.ask(action, json!({ "SourceArn": arn })).await;
            check(answer, NOT_FOUND, UNKNOWN_SOURCE);
            let message = "The request must contain the parameter SourceArn.";
            check(redrive.ask(action, json!({})).await, ("MissingParameter", 400), message);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_destination_must_be_another_queue_of_the_same_type() {
    let redrive = Redrive::new(false);
    redrive.create("other.fifo", json!({ "FifoQueue": "true" })).await;
    let start =
        async |name: &str| redrive.start(json!({ "DestinationArn": redrive.arn(name) })).await;
    let message = "The resource that you specified for the DestinationArn parameter doesn't exist.";
    check(start("absent").await, NOT_FOUND, message);
    let message = "Source queue arn and destination queue arn cannot be the same.";
    check(start("dead").await, INVALID, message);
    let message = "The source queue and destination queue must be of the same queue type.";
    check(start("other.fifo").await, INVALID, message);
}

#[tokio::test(start_paused = true)]
async fn the_rate_and_the_number_of_results_have_ranges() {
    let redrive = Redrive::new(false);
    let expected = |parameter: &str, max: u32| {
        format!(
            "Value for parameter {parameter} is invalid. Reason: You must enter a number that's \
             between 1 and {max}."
        )
    };
    let parameter = "MaxNumberOfMessagesPerSecond";
    for rate in [-1, 0, 501, 4_294_967_297_i64] {
        let answer = redrive.start(json!({ parameter: rate })).await;
        check(answer, INVALID, &expected(parameter, 500));
    }
    for max in [0, 11] {
        let request = json!({ "SourceArn": redrive.arn("dead"), "MaxResults": max });
        let answer = redrive.ask(Action::ListMessageMoveTasks, request).await;
        check(answer, INVALID, &expected("MaxResults", 10));
    }
    for rate in [1, 500] {
        redrive.start(json!({ parameter: rate })).await.unwrap();
        redrive.ended_task().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_source_has_one_active_task() {
    let redrive = Redrive::new(false);
    redrive.dead_letters(&["m1", "m2"]).await;
    let handle = redrive.start(json!({ "MaxNumberOfMessagesPerSecond": 1 })).await.unwrap();
    let message = "There is already a task running. Only one active task is allowed for a source \
                   queue arn at a given time.";
    check(redrive.start(json!({})).await, INVALID, message);
    redrive.ask(Action::CancelMessageMoveTask, json!({ "TaskHandle": handle })).await.unwrap();
    check(redrive.start(json!({})).await, INVALID, message);
    redrive.ended_task().await;
    redrive.start(json!({})).await.unwrap();
}

fn handle(source_arn: &str) -> Value {
    let id = "2f1ad0e4-8a1e-4b0c-9b70-1f2f8a3f0b11";
    let json = json!({ "taskId": id, "sourceArn": source_arn }).to_string();
    json!({ "TaskHandle": BASE64.encode(json) })
}

#[tokio::test(start_paused = true)]
async fn a_handle_must_be_that_of_a_running_task() {
    let redrive = Redrive::new(false);
    let cancel = async |request| redrive.ask(Action::CancelMessageMoveTask, request).await;
    let message = "The request must contain the parameter TaskHandle.";
    check(cancel(json!({})).await, ("MissingParameter", 400), message);
    let answer = cancel(json!({ "TaskHandle": "foobared" })).await;
    check(answer, INVALID, "Value for parameter TaskHandle is invalid.");
    check(cancel(handle(&redrive.arn("dead"))).await, NOT_FOUND, "Task does not exist.");
    check(cancel(handle(&redrive.arn("absent"))).await, NOT_FOUND, UNKNOWN_SOURCE);
    redrive.send(Place::Dead, &["m"]).await;
    let ended = redrive.start(json!({})).await.unwrap();
    redrive.ended_task().await;
    let answer = cancel(json!({ "TaskHandle": ended })).await;
    let message = "Only a task that is running can be cancelled.";
    check(answer, ("AWS.SimpleQueueService.UnsupportedOperation", 400), message);
}
