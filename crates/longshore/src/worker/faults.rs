//! What the log says of what goes wrong with messages. A fault that hits every message would be a line for
//! each: it is told once, with the message it hit, and then counted for a minute. At DEBUG each message has
//! its line, and traces show each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::lease::Lease;
use super::outcome::Outcome;
use crate::queue::QueueError;
use crate::telemetry::{Ending, LabelSet, Repeats, Settling};

/// Reasons that are told apart. Some are made of what a message says, and no two are the same.
const REASONS: usize = 16;
const OTHER_REASONS: &str = "";

/// The faults of one queue.
#[derive(Debug)]
pub(super) struct Faults {
    queue: String,
    not_done: Mutex<BTreeMap<(&'static str, String), Arc<Repeats>>>,
    settling: Vec<Repeats>,
    beating: Repeats,
    receipts: Repeats,
}

impl Faults {
    pub(super) fn new(queue: &str) -> Self {
        Self {
            queue: queue.to_owned(),
            not_done: Mutex::default(),
            settling: Settling::ALL.iter().map(|_| Repeats::default()).collect(),
            beating: Repeats::default(),
            receipts: Repeats::default(),
        }
    }

    /// A message was handled, and it ended so; `gone` where it is deleted all the same.
    pub(super) fn handled(&self, outcome: &Outcome, lease: &Lease, receive_count: u32, gone: bool) {
        let (ending, reason) = (outcome.ending(), outcome.reason());
        if ending == Ending::Done {
            return;
        }
        // What a stop cut off is no more than was in hand, and what is deleted is told of nowhere else.
        let always = gone || ending == Ending::Interrupted;
        let due = if always { Some(None) } else { self.repeats(ending.as_str(), reason).due() };
        let Some(more) = due else { return };
        tracing::warn!(
            queue = self.queue,
            message_id = &*lease.message_id,
            trace_id = lease.trace.id(),
            receive_count,
            ending = ending.as_str(),
            reason,
            more,
            "message not done"
        );
    }

    fn repeats(&self, ending: &'static str, reason: &str) -> Arc<Repeats> {
        let mut known = self.not_done.lock().expect("no code panics while it holds this lock");
        let mut key = (ending, reason.to_owned());
        if known.len() >= REASONS && !known.contains_key(&key) {
            key.1 = OTHER_REASONS.to_owned();
        }
        known.entry(key).or_default().clone()
    }

    /// A request that settles messages failed as a whole.
    pub(super) fn settling(&self, action: Settling, messages: usize, error: &QueueError) {
        if let Some(more) = self.settling[action.index()].due() {
            tracing::warn!(
                queue = self.queue,
                action = action.as_str(),
                messages,
                error = error.chain(),
                more,
                "settling failed; trying again while the leases last"
            );
        }
    }

    /// A request that extends visibility timeouts failed as a whole.
    pub(super) fn beating(&self, messages: usize, error: &QueueError) {
        if let Some(more) = self.beating.due() {
            tracing::warn!(
                queue = self.queue,
                messages,
                error = error.chain(),
                more,
                "heartbeat failed; trying again while the leases last"
            );
        }
    }

    /// SQS says that this receive cannot be settled.
    pub(super) fn receipt(&self, lease: &Lease, code: &str) {
        if let Some(more) = self.receipts.due() {
            tracing::warn!(
                queue = self.queue,
                message_id = &*lease.message_id,
                trace_id = lease.trace.id(),
                code,
                more,
                "message could not be settled: its receipt is no longer good"
            );
        }
    }

    /// At the end: what was counted and not told.
    pub(super) fn say_the_rest(&self) {
        let queue = &*self.queue;
        let not_done = self.not_done.lock().expect("no code panics while it holds this lock");
        for ((ending, reason), repeats) in &*not_done {
            if let Some(more) = repeats.untold() {
                let reason = if reason == OTHER_REASONS { "others" } else { reason };
                tracing::warn!(
                    queue,
                    ending,
                    reason,
                    more,
                    "messages not done since the last named"
                );
            }
        }
        let rest = self.settling.iter().map(|repeats| ("settling failed", repeats));
        let rest = rest.chain([
            ("heartbeats failed", &self.beating),
            ("receipts were no longer good", &self.receipts),
        ]);
        for (what, repeats) in rest {
            if let Some(more) = repeats.untold() {
                tracing::warn!(queue, what, more, "and so often more since the last told");
            }
        }
    }
}
