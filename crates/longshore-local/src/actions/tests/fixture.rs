//! A server without a port: a queue, and its dead-letter queue.

use std::sync::Arc;

use serde_json::{Value, json};

use super::model::{MAX_RECEIVES, Place, VISIBILITY};
use crate::action::Action;
use crate::actions::{Call, ServerState, perform};
use crate::live::LiveQueue;
use crate::protocol::Parameters;
use crate::queue::Counts;
use crate::refusal::Refusal;
use crate::settings::QueueAttributes;

pub(super) struct Fixture {
    server: ServerState,
    fifo: bool,
}

impl Fixture {
    pub(super) fn new(fifo: bool) -> Self {
        let fixture = Self { server: ServerState::without_port(), fifo };
        let dead = format!("arn:aws:sqs:us-east-1:000000000000:{}", fixture.name(Place::Dead));
        let policy = json!({ "deadLetterTargetArn": dead, "maxReceiveCount": MAX_RECEIVES });
        fixture.create(Place::Dead, &[]);
        fixture.create(Place::Source, &[("RedrivePolicy", policy.to_string())]);
        fixture
    }

    fn create(&self, place: Place, attributes: &[(&str, String)]) {
        let visibility = ("VisibilityTimeout", VISIBILITY.to_string());
        let fifo = self.fifo.then(|| ("FifoQueue", "true".to_owned()));
        let all = attributes.iter().cloned().chain([visibility]).chain(fifo);
        let all: QueueAttributes = all.map(|(name, value)| (name.to_owned(), value)).collect();
        let directory = &self.server.directory;
        directory.create(&directory.home, &self.name(place), &all, QueueAttributes::new()).unwrap();
    }

    fn name(&self, place: Place) -> String {
        let name = match place {
            Place::Source => "orders",
            Place::Dead => "dead",
        };
        format!("{name}{}", if self.fifo { ".fifo" } else { "" })
    }

    fn find(&self, name: &str) -> Arc<LiveQueue> {
        let directory = &self.server.directory;
        directory.find(&directory.home, name).unwrap()
    }

    /// Advances the clock of the queues. Tokio's time does not pass.
    pub(super) fn advance(&self, seconds: u64) {
        let by = std::time::Duration::from_secs(seconds);
        self.server.directory.clock().advance(by).unwrap();
    }

    pub(super) fn counts(&self, place: Place) -> Counts {
        self.find(&self.name(place)).counts()
    }

    /// The number of visible messages in another queue.
    pub(super) fn visible(&self, name: &str) -> usize {
        self.find(name).counts().visible
    }

    /// Ends the timers of the queues and the move tasks.
    pub(super) fn stop(&self) {
        self.server.stop.cancel();
    }

    pub(super) fn background_tasks(&self) -> usize {
        self.server.directory.tasks()
    }

    /// Performs an action on a queue. Returns the response.
    pub(super) async fn perform(
        &self,
        action: Action,
        place: Place,
        mut request: Value,
    ) -> Result<Value, Refusal> {
        request["QueueUrl"] = json!(format!("http://h/0/{}", self.name(place)));
        self.perform_as_is(action, request).await
    }

    /// Performs an action with the `QueueUrl` of the request.
    pub(super) async fn perform_as_is(
        &self,
        action: Action,
        request: Value,
    ) -> Result<Value, Refusal> {
        let body = request.to_string().into_bytes();
        let parameters = Parameters::Json(&body);
        let call = Call::without_client(&self.server, action, "h", parameters);
        Ok(serde_json::from_slice(&perform(&call).await?).unwrap())
    }
}
