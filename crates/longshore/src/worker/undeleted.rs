//! The messages that are processed and not deleted yet.

use std::collections::HashMap;
use std::sync::Arc;

use crate::slo::ReceiveEnd;

/// Processed messages of one queue, by message id.
#[derive(Default)]
pub(super) struct Undeleted(HashMap<Arc<str>, Processed>);

struct Processed {
    /// The number of its leases: it can be received again before its delete succeeds.
    leases: u32,
    /// Its receives when it was processed.
    receives: u32,
    deleted: bool,
}

impl Undeleted {
    /// A message was processed, or is to be deleted because an earlier receive processed it.
    pub(super) fn add(&mut self, message_id: &Arc<str>, receives: u32) {
        let first = Processed { leases: 0, receives, deleted: false };
        self.0.entry(message_id.clone()).or_insert(first).leases += 1;
    }

    pub(super) fn contains(&self, message_id: &str) -> bool {
        self.0.contains_key(message_id)
    }

    /// A lease of a processed message ended. Returns what is judged, once for each message: that it
    /// is deleted, or the end of its last lease, with the receives when it was processed.
    pub(super) fn lease_ended(
        &mut self,
        message_id: &str,
        end: ReceiveEnd,
    ) -> Option<(u32, ReceiveEnd)> {
        let processed = self.0.get_mut(message_id)?;
        processed.leases -= 1;
        let is_deleted_now = !processed.deleted && end == ReceiveEnd::Deleted;
        processed.deleted |= is_deleted_now;
        let Processed { leases, receives, deleted } = *processed;
        if leases == 0 {
            self.0.remove(message_id);
        }
        (is_deleted_now || leases == 0 && !deleted).then_some((receives, end))
    }
}
