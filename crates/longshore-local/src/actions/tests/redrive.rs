//! The queues of the fixture, with dead letters and the actions of message move tasks.

use serde_json::{Value, json};

use super::fixture::Fixture;
use super::model::Place;
use crate::action::Action;
use crate::queue::Counts;
use crate::refusal::Refusal;

pub(super) struct Redrive {
    pub(super) queues: Fixture,
    fifo: bool,
}

impl Redrive {
    pub(super) fn new(fifo: bool) -> Self {
        Self { queues: Fixture::new(fifo), fifo }
    }

    pub(super) fn arn(&self, name: &str) -> String {
        let suffix = if self.fifo { ".fifo" } else { "" };
        format!("arn:aws:sqs:us-east-1:000000000000:{name}{suffix}")
    }

    pub(super) async fn ask(&self, action: Action, request: Value) -> Result<Value, Refusal> {
        self.queues.perform(action, Place::Dead, request).await
    }

    pub(super) async fn create(&self, name: &str, attributes: Value) {
        let request = json!({ "QueueName": name, "Attributes": attributes });
        self.ask(Action::CreateQueue, request).await.unwrap();
    }

    /// Sends messages with these bodies to a queue. In a FIFO queue the first letter of a body is
    /// its group.
    pub(super) async fn send(&self, place: Place, bodies: &[&str]) {
        for body in bodies {
            let mut request = json!({ "MessageBody": body });
            if self.fifo {
                request["MessageGroupId"] = json!(&body[..1]);
                request["MessageDeduplicationId"] = json!(body);
            }
            self.queues.perform(Action::SendMessage, place, request).await.unwrap();
        }
    }

    /// Lets the redrive policy move messages with these bodies to the dead-letter queue.
    pub(super) async fn dead_letters(&self, bodies: &[&str]) {
        let dead = self.counts(Place::Dead).visible;
        self.send(Place::Source, bodies).await;
        while self.counts(Place::Dead).visible < dead + bodies.len() {
            self.receive(Place::Source, 0).await;
        }
    }

    /// Receives up to 10 messages with all attributes.
    pub(super) async fn receive(&self, place: Place, visibility: u32) -> Vec<Value> {
        let request = json!({
            "MaxNumberOfMessages": 10,
            "VisibilityTimeout": visibility,
            "AttributeNames": ["All"],
        });
        let answer = self.queues.perform(Action::ReceiveMessage, place, request).await.unwrap();
        answer["Messages"].as_array().cloned().unwrap_or_default()
    }

    pub(super) fn counts(&self, place: Place) -> Counts {
        self.queues.counts(place)
    }

    /// Starts a task from the dead-letter queue, with these other fields. Returns its handle.
    pub(super) async fn start(&self, fields: Value) -> Result<String, Refusal> {
        let mut request = fields;
        request["SourceArn"] = json!(self.arn("dead"));
        let answer = self.ask(Action::StartMessageMoveTask, request).await?;
        Ok(answer["TaskHandle"].as_str().unwrap().to_owned())
    }

    pub(super) async fn tasks(&self, max: u32) -> Vec<Value> {
        let request = json!({ "SourceArn": self.arn("dead"), "MaxResults": max });
        let answer = self.ask(Action::ListMessageMoveTasks, request).await.unwrap();
        answer["Results"].as_array().unwrap().clone()
    }

    pub(super) async fn newest_task(&self) -> Value {
        self.tasks(1).await.remove(0)
    }

    /// The newest task, as soon as it has ended. No time passes, so a task with a rate must be
    /// about to end.
    pub(super) async fn ended_task(&self) -> Value {
        for _ in 0..10_000 {
            let task = self.newest_task().await;
            if !["RUNNING", "CANCELLING"].contains(&task["Status"].as_str().unwrap()) {
                return task;
            }
            tokio::task::yield_now().await;
        }
        panic!("the task did not end")
    }
}
