//! How a message move task starts, proceeds and ends.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::yield_now;
use tokio::time::sleep;

use super::model::Place;
use super::redrive::Redrive;
use crate::action::Action;

/// Tasks from the dead-letter queue to the queue `other`.
struct ToOther(Redrive);

impl ToOther {
    /// The dead-letter queue has this number of messages.
    async fn new(messages: usize) -> Self {
        let redrive = Redrive::new(false);
        redrive.create("other", json!({})).await;
        redrive.send(Place::Dead, &vec!["m"; messages]).await;
        Self(redrive)
    }

    async fn start(&self, rate: u32) -> String {
        let destination = self.0.arn("other");
        let fields = json!({ "DestinationArn": destination, "MaxNumberOfMessagesPerSecond": rate });
        self.0.start(fields).await.unwrap()
    }

    async fn cancel(&self, handle: &str) -> Value {
        let request = json!({ "TaskHandle": handle });
        self.0.ask(Action::CancelMessageMoveTask, request).await.unwrap()
    }

    async fn delete(&self, name: &str) {
        let request = json!({ "QueueUrl": format!("http://h/0/{name}") });
        self.0.queues.perform_as_is(Action::DeleteQueue, request).await.unwrap();
    }

    /// The messages in `dead` and in `other`.
    fn visible(&self) -> (usize, usize) {
        (self.0.counts(Place::Dead).visible, self.0.queues.visible("other"))
    }
}

#[tokio::test(start_paused = true)]
async fn a_running_task_has_a_handle_and_its_parameters() {
    let tasks = ToOther::new(3).await;
    let handle = tasks.start(2).await;
    sleep(Duration::from_millis(1)).await;
    let mut task = tasks.0.newest_task().await;
    let started = task["StartedTimestamp"].take().as_u64().unwrap();
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis();
    assert!(now.abs_diff(u128::from(started)) < 60_000, "{started} is not about {now}");
    let expected = json!({
        "TaskHandle": handle,
        "Status": "RUNNING",
        "SourceArn": tasks.0.arn("dead"),
        "DestinationArn": tasks.0.arn("other"),
        "MaxNumberOfMessagesPerSecond": 2,
        "ApproximateNumberOfMessagesMoved": 1,
        "ApproximateNumberOfMessagesToMove": 3,
        "StartedTimestamp": null,
    });
    assert_eq!(task, expected);
}

#[tokio::test(start_paused = true)]
async fn an_ended_task_has_only_the_given_parameters_and_no_handle() {
    let redrive = Redrive::new(false);
    redrive.start(json!({})).await.unwrap();
    let mut task = redrive.ended_task().await;
    task["StartedTimestamp"].take();
    let expected = json!({
        "Status": "COMPLETED",
        "SourceArn": redrive.arn("dead"),
        "ApproximateNumberOfMessagesMoved": 0,
        "ApproximateNumberOfMessagesToMove": 0,
        "StartedTimestamp": null,
    });
    assert_eq!(task, expected);
}

#[tokio::test(start_paused = true)]
async fn a_task_moves_as_many_messages_a_second_as_its_rate() {
    let tasks = ToOther::new(6).await;
    tasks.start(2).await;
    sleep(Duration::from_millis(400)).await;
    for moved in 1..=5 {
        assert_eq!(tasks.visible(), (6 - moved, moved));
        assert_eq!(tasks.0.newest_task().await["Status"], "RUNNING");
        sleep(Duration::from_millis(500)).await;
    }
    assert_eq!(tasks.visible(), (0, 6));
    assert_eq!(tasks.0.newest_task().await["Status"], "COMPLETED");
}

#[tokio::test(start_paused = true)]
async fn a_task_does_not_catch_up_after_a_pause_of_the_process() {
    let tasks = ToOther::new(6).await;
    tasks.start(1).await;
    sleep(Duration::from_millis(1)).await;
    tokio::time::advance(Duration::from_secs(10)).await;
    sleep(Duration::from_millis(1)).await;
    assert_eq!(tasks.visible(), (4, 2));
}

#[tokio::test(start_paused = true)]
async fn a_task_without_a_rate_lets_requests_run_between_portions() {
    let tasks = ToOther::new(200).await;
    tasks.0.start(json!({ "DestinationArn": tasks.0.arn("other") })).await.unwrap();
    let (mut moved, mut portions) = (0, 0);
    while moved < 200 {
        yield_now().await;
        let task = tasks.0.newest_task().await;
        let now = task["ApproximateNumberOfMessagesMoved"].as_u64().unwrap();
        assert!(now - moved <= 32, "{} messages without a pause", now - moved);
        portions += usize::from(now > moved);
        moved = now;
    }
    assert!(portions >= 200_usize.div_ceil(32), "{portions} portions");
    assert_eq!(tasks.visible(), (0, 200));
}

#[tokio::test(start_paused = true)]
async fn an_advance_of_the_clock_moves_the_messages_of_that_time() {
    let tasks = ToOther::new(100).await;
    tasks.start(2).await;
    sleep(Duration::from_millis(1)).await;
    assert_eq!(tasks.visible(), (99, 1));
    tasks.0.queues.advance(10);
    sleep(Duration::from_millis(1)).await;
    assert_eq!(tasks.visible(), (79, 21));
    sleep(Duration::from_millis(999)).await;
    assert_eq!(tasks.visible(), (77, 23), "then the rate is the maximum again");
    tokio::time::advance(Duration::from_secs(10)).await;
    sleep(Duration::from_millis(1)).await;
    assert_eq!(tasks.visible(), (76, 24), "a pause of the process is no advance");
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_task_leaves_the_other_messages_in_the_source() {
    let tasks = ToOther::new(3).await;
    let handle = tasks.start(1).await;
    sleep(Duration::from_millis(1500)).await;
    let answer = tasks.cancel(&handle).await;
    assert_eq!(answer, json!({ "ApproximateNumberOfMessagesMoved": 2 }));
    let task = tasks.0.newest_task().await;
    assert_eq!((&task["Status"], task.get("TaskHandle")), (&json!("CANCELLING"), None));
    assert_eq!(tasks.0.ended_task().await["Status"], "CANCELLED");
    sleep(Duration::from_secs(5)).await;
    assert_eq!(tasks.visible(), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_task_fails_at_a_message_that_came_from_no_queue() {
    let redrive = Redrive::new(false);
    redrive.dead_letters(&["m"]).await;
    redrive.send(Place::Dead, &["sent by a client"]).await;
    redrive.start(json!({})).await.unwrap();
    let task = redrive.ended_task().await;
    assert_eq!(task["Status"], "FAILED");
    assert_eq!(task["FailureReason"], "CouldNotDetermineMessageSource");
    assert_eq!(task["ApproximateNumberOfMessagesMoved"], json!(1));
    assert_eq!(redrive.counts(Place::Dead).visible, 1);
}

#[tokio::test(start_paused = true)]
async fn a_task_fails_when_its_destination_is_deleted_and_loses_no_message() {
    let tasks = ToOther::new(3).await;
    tasks.start(1).await;
    sleep(Duration::from_millis(500)).await;
    tasks.delete("other").await;
    sleep(Duration::from_secs(1)).await;
    let task = tasks.0.newest_task().await;
    assert_eq!(task["Status"], "FAILED");
    assert_eq!(task["FailureReason"], "AWS.SimpleQueueService.NonExistentQueue");
    let counts = tasks.0.counts(Place::Dead);
    assert_eq!((counts.visible, counts.in_flight), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn a_task_ends_with_its_source() {
    let tasks = ToOther::new(3).await;
    tasks.start(1).await;
    sleep(Duration::from_millis(500)).await;
    tasks.delete("dead").await;
    tasks.0.create("dead", json!({})).await;
    assert!(tasks.0.tasks(10).await.is_empty(), "the new queue has no tasks");
    yield_now().await;
    assert_eq!(tasks.0.queues.background_tasks(), 3, "only the timers of the queues run");
    tasks.0.send(Place::Dead, &["new"]).await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(tasks.visible(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_task_ends_with_the_server_and_loses_no_message() {
    let tasks = ToOther::new(3).await;
    tasks.start(1).await;
    sleep(Duration::from_millis(500)).await;
    tasks.0.queues.stop();
    sleep(Duration::from_secs(5)).await;
    assert_eq!(tasks.visible(), (2, 1));
    assert_eq!(tasks.0.queues.background_tasks(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_newest_ten_tasks_are_listed() {
    let redrive = Redrive::new(false);
    for rate in 1..=12 {
        redrive.start(json!({ "MaxNumberOfMessagesPerSecond": rate })).await.unwrap();
        redrive.ended_task().await;
    }
    let rates = async |max| -> Vec<u64> {
        let tasks = redrive.tasks(max).await;
        tasks.iter().map(|task| task["MaxNumberOfMessagesPerSecond"].as_u64().unwrap()).collect()
    };
    assert_eq!(rates(2).await, [12, 11]);
    assert_eq!(rates(10).await, (3..=12).rev().collect::<Vec<_>>());
    let default = json!({ "SourceArn": redrive.arn("dead") });
    let answer = redrive.ask(Action::ListMessageMoveTasks, default).await.unwrap();
    assert_eq!(answer["Results"].as_array().unwrap().len(), 1);
}
