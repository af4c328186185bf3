//! What SQS reports about a queue and its dead-letter queue. Each series appears with its first value.

use std::time::Duration;

use super::catalog;
use super::series::{Family, LateGauge, Registrar, all};
use crate::queue::BacklogState;

/// The series of one queue.
pub(super) struct Reported {
    backlog: Family<BacklogState, LateGauge>,
    dead_letters: LateGauge,
    dead_letter_retention: LateGauge,
    attributes: Vec<LateGauge>,
    registrar: Registrar,
}

impl Reported {
    pub(super) fn new(r: &Registrar) -> Self {
        let attribute = |name: &&'static str| r.late_gauge(&catalog::QUEUE_ATTRIBUTE, &[name]);
        let late = r.clone();
        Self {
            backlog: Family::new(all, move |state| late.late_gauge(&catalog::BACKLOG, &[state])),
            dead_letters: r.late_gauge(&catalog::DEAD_LETTERS, &[]),
            dead_letter_retention: r.late_gauge(&catalog::DEAD_LETTER_RETENTION, &[]),
            attributes: catalog::QUEUE_ATTRIBUTES.iter().map(attribute).collect(),
            registrar: r.clone(),
        }
    }

    /// The number of messages in this state.
    pub(super) fn backlog(&self, state: BacklogState, messages: u64) {
        self.backlog.get(state).set(messages as f64);
    }

    /// The number of messages in the dead-letter queue.
    pub(super) fn dead_letters(&self, messages: u64) {
        self.dead_letters.set(messages as f64);
    }

    /// How long the dead-letter queue keeps its messages.
    pub(super) fn dead_letter_retention(&self, retention: Duration) {
        self.dead_letter_retention.set(retention.as_secs_f64());
    }

    /// The ARN of the queue: `arn:aws:sqs:REGION:ACCOUNT:NAME`.
    pub(super) fn named(&self, arn: &str) {
        let parts: Vec<&str> = arn.split(':').collect();
        if let [_, _, _, region, account, name] = parts[..] {
            self.registrar.info(&catalog::QUEUE_INFO, &[name, region, account]);
        }
    }

    /// The attributes, in the order of [`catalog::QUEUE_ATTRIBUTES`].
    pub(super) fn attributes(&self, values: [f64; catalog::QUEUE_ATTRIBUTES.len()]) {
        for (gauge, value) in self.attributes.iter().zip(values) {
            gauge.set(value);
        }
    }
}
