//! What receives and attributes show about the state of a queue.

use std::time::Duration;

use super::catalog;
use super::queue_metrics::QueueMetrics;
use super::queue_state::Attributes;
use crate::queue::BacklogState;

impl QueueMetrics {
    /// SQS reported, or an empty long poll showed, the number of messages in this state.
    pub fn backlog(&self, state: BacklogState, messages: u64) {
        self.reported.backlog(state, messages);
        self.figures.lock_state().set_backlog(state, messages);
    }

    /// SQS reported the number of messages in the dead-letter queue, and how long it keeps them.
    pub fn dead_letters(&self, messages: u64, retention: Duration) {
        self.reported.dead_letters(messages);
        self.reported.dead_letter_retention(retention);
        self.figures.lock_state().set_dead_letters(messages, retention);
    }

    /// The queue no longer has a dead-letter queue.
    pub fn no_dead_letters(&self) {
        let mut state = self.figures.lock_state();
        if state.dead_letters().is_some() {
            self.reported.dead_letters(0);
            state.clear_dead_letters();
        }
    }

    /// SQS reported the attributes of the queue.
    pub fn attributes_known(&self) {
        self.figures.lock_state().set_attributes(Attributes::Known);
    }

    /// SQS named the queue with this ARN: `arn:aws:sqs:REGION:ACCOUNT:NAME`.
    pub fn queue_named(&self, arn: &str) {
        self.reported.named(arn);
        self.figures.lock_state().set_arn(arn);
    }

    /// A request for the attributes failed.
    pub fn attributes_failed(&self, error: String) {
        self.figures.lock_state().set_attributes(Attributes::Failed(error));
    }

    /// The oldest message of a receive was sent this long ago; zero if no message waits.
    pub fn oldest_received(&self, age: Duration) {
        self.oldest_received.set(age.as_secs_f64());
        self.figures.lock_state().observe_age(age);
    }

    /// SQS reported the queue's own attributes, in the order of [`catalog::QUEUE_ATTRIBUTES`].
    pub fn queue_attributes(&self, values: [f64; catalog::QUEUE_ATTRIBUTES.len()]) {
        self.reported.attributes(values);
        let [_, _, retention_seconds, _, max_receive_count] = values;
        let mut state = self.figures.lock_state();
        state.set_retention(Duration::from_secs_f64(retention_seconds));
        state.set_has_dead_letter_queue(max_receive_count > 0.0);
    }
}
