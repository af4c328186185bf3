//! The last messages that a queue's workers did not process, one for each reason.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

/// Reasons that are kept. A reason can contain text of the message, so their number is unlimited.
const MAX_REASONS: usize = 5;

/// A message that was not processed, and how many more had the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedMessage {
    /// When this last happened.
    pub at: SystemTime,
    /// The id of the last message.
    pub message_id: Arc<str>,
    /// The id of its trace.
    pub trace_id: Option<String>,
    /// The receives of the last message, this one included.
    pub receive_count: u32,
    /// How the handling ended, as the label `outcome` has it, or `abandoned`.
    pub ending: &'static str,
    /// Why, without the body of the message. At most about 500 characters.
    pub reason: String,
    /// How often this happened since the reason is kept.
    pub count: u64,
}

/// The last failures, newest first.
#[derive(Debug, Default)]
pub(super) struct Failures(Mutex<VecDeque<FailedMessage>>);

impl Failures {
    /// A message was not processed. The reason that was not seen for the longest time is dropped.
    pub(super) fn add(&self, mut failed: FailedMessage) {
        let mut known = self.lock();
        let same = |one: &FailedMessage| one.ending == failed.ending && one.reason == failed.reason;
        if let Some(place) = known.iter().position(same) {
            failed.count += known.remove(place).map_or(0, |before| before.count);
        }
        known.push_front(failed);
        known.truncate(MAX_REASONS);
    }

    pub(super) fn all(&self) -> Vec<FailedMessage> {
        self.lock().iter().cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<FailedMessage>> {
        self.0.lock().expect("no code panics while it holds this lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(message: &str, reason: &str) -> FailedMessage {
        FailedMessage {
            at: SystemTime::UNIX_EPOCH,
            message_id: message.into(),
            trace_id: None,
            receive_count: 1,
            ending: "retry",
            reason: reason.to_owned(),
            count: 1,
        }
    }

    #[test]
    fn a_reason_is_kept_once_with_its_last_message() {
        let failures = Failures::default();
        for (message, reason) in [("a", "timeout"), ("b", "refused"), ("c", "timeout")] {
            failures.add(failed(message, reason));
        }
        let expected =
            [FailedMessage { count: 2, ..failed("c", "timeout") }, failed("b", "refused")];
        assert_eq!(failures.all(), expected);
    }

    #[test]
    fn the_number_of_reasons_is_bounded_and_a_flood_of_one_hides_no_other() {
        let failures = Failures::default();
        failures.add(failed("a", "rare"));
        (0..1000).for_each(|n| failures.add(failed(&n.to_string(), "common")));
        assert_eq!(failures.all().len(), 2);
        (0..100).for_each(|n| failures.add(failed("b", &format!("reason {n}"))));
        let kept: Vec<_> = failures.all().into_iter().map(|failed| failed.reason).collect();
        assert_eq!(kept, ["reason 99", "reason 98", "reason 97", "reason 96", "reason 95"]);
    }
}
