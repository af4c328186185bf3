//! What one consumer asked SQS for.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::Value;

/// The counts of a proxy since its start.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Counts {
    pub requests: BTreeMap<String, u64>,
    pub failed: u64,
    pub empty_receives: u64,
    pub messages_received: u64,
    pub messages_deleted: u64,
    pub open_receives: u64,
    /// Receives that their client closed before the answer.
    pub dropped_receives: u64,
}

#[derive(Debug, Default)]
pub struct Tally(Mutex<Counts>);

impl Tally {
    pub fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn requested(&self, action: &str) {
        *self.counts().requests.entry(action.to_owned()).or_default() += 1;
    }

    pub fn answered(&self, action: &str, request: &[u8], ok: bool, response: &[u8]) {
        let mut counts = self.counts();
        match action {
            _ if !ok => counts.failed += 1,
            "ReceiveMessage" => {
                let messages = length(response, "Messages");
                counts.messages_received += messages;
                counts.empty_receives += u64::from(messages == 0);
            }
            "DeleteMessage" => counts.messages_deleted += 1,
            "DeleteMessageBatch" => {
                let failed = length(response, "Failed");
                counts.messages_deleted += length(request, "Entries").saturating_sub(failed);
            }
            _ => {}
        }
    }
}

fn length(json: &[u8], list: &str) -> u64 {
    let value: Value = serde_json::from_slice(json).unwrap_or_default();
    value[list].as_array().map_or(0, |entries| entries.len() as u64)
}

/// An open receive. If it is dropped without an answer, its client closed the connection.
pub struct OpenReceive<'a> {
    tally: &'a Tally,
    answered: bool,
}

impl<'a> OpenReceive<'a> {
    pub fn new(tally: &'a Tally) -> Self {
        tally.counts().open_receives += 1;
        Self { tally, answered: false }
    }

    pub fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for OpenReceive<'_> {
    fn drop(&mut self) {
        let mut counts = self.tally.counts();
        counts.open_receives -= 1;
        counts.dropped_receives += u64::from(!self.answered);
    }
}
