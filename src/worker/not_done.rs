//! What the log says of messages that were not done. A fault that hits every message would be a line for
//! each: it is told once, with the message it hit, and then counted for a minute. At DEBUG each message
//! has its line, and traces show each.

use super::lease::Lease;
use super::outcome::Outcome;
use crate::telemetry::{Ending, LabelSet, Repeats};

/// How often messages of one queue ended in each way that is not told yet.
pub(super) struct NotDone(Vec<Repeats>);

impl Default for NotDone {
    fn default() -> Self {
        Self(Ending::ALL.iter().map(|_| Repeats::default()).collect())
    }
}

impl NotDone {
    /// A message ended so.
    pub(super) fn note(&self, outcome: &Outcome, lease: &Lease, receive_count: u32) {
        let ending = outcome.ending();
        let more = match ending {
            Ending::Done => return,
            // No more than are in hand at one stop, and each is named: its work was cut off.
            Ending::Interrupted => Some(None),
            Ending::Retry
            | Ending::Reject
            | Ending::Unavailable
            | Ending::TimedOut
            | Ending::Panicked
            | Ending::LeaseLost => self.0[ending.index()].due(),
        };
        let Some(more) = more else { return };
        let (queue, message_id) = (lease.metrics().queue(), &*lease.message_id);
        let (trace_id, ending, reason) = (lease.trace.id(), ending.as_str(), outcome.reason());
        tracing::warn!(
            queue,
            message_id,
            trace_id,
            receive_count,
            ending,
            reason,
            more,
            "message not done"
        );
    }

    /// At the end: what was counted and not told.
    pub(super) fn say_the_rest(&self, queue: &str) {
        for ending in Ending::ALL {
            let more = self.0[ending.index()].untold();
            if more > 0 {
                let ending = ending.as_str();
                tracing::warn!(
                    queue,
                    ending,
                    more,
                    "messages not done, after the last that was named"
                );
            }
        }
    }
}
