//! The queues of the file, with the place of each value.

use std::collections::BTreeMap;

use crate::settings::place::Place;
use crate::settings::problem::{ConfigError, Problem};

/// A queue to create.
#[derive(Debug, PartialEq, Eq)]
pub struct InitQueue {
    /// Its name.
    pub name: Given<String>,
    /// Its attributes, as in `CreateQueue`.
    pub attributes: BTreeMap<String, Given<String>>,
    /// Its dead-letter queue.
    pub redrive: Option<Given<InitRedrive>>,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// The messages to send to it.
    pub messages: Vec<Given<InitMessage>>,
}

/// A redrive policy with the name of the dead-letter queue.
#[derive(Debug, PartialEq, Eq)]
pub struct InitRedrive {
    /// The name of the dead-letter queue.
    pub to: String,
    /// The `maxReceiveCount`.
    pub max_receives: i64,
}

/// A message to send.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct InitMessage {
    /// Its body.
    pub body: String,
    /// Its `MessageGroupId`.
    pub group: Option<String>,
    /// Its `MessageDeduplicationId`.
    pub deduplication_id: Option<String>,
    /// Its `DelaySeconds`.
    pub delay_seconds: Option<i64>,
}

/// A value of the file, and what a problem with it reports.
#[derive(Debug, PartialEq, Eq)]
pub struct Given<T> {
    /// The value.
    pub value: T,
    pub(super) place: Place,
    pub(super) found: String,
}

impl<T> Given<T> {
    /// The error of this value.
    pub fn refused(&self, expected: &str) -> ConfigError {
        ConfigError(vec![self.problem(expected)])
    }

    pub(super) fn problem(&self, expected: &str) -> Problem {
        let (place, found) = (self.place.clone(), self.found.clone());
        Problem { place, found, expected: expected.to_owned() }
    }
}
