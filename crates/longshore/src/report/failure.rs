//! The last messages that were not processed.

use std::time::SystemTime;

use schemars::JsonSchema;
use serde::Serialize;

use crate::telemetry::FailedMessage;

/// A reason why messages were not processed or not settled, with the last message. The report never
/// has the body of a message.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FailureReport {
    /// When this last happened, by RFC 3339, in UTC.
    pub at: String,
    /// How the handling ended, as the label `outcome` has it, or `abandoned`.
    pub ending: &'static str,
    /// Why. At most about 500 characters.
    pub reason: String,
    /// How often this happened. A queue keeps 5 reasons, and drops the one that was not seen for the
    /// longest time.
    pub count: u64,
    /// The id of the last message.
    pub message_id: String,
    /// The receives of the last message, this one included.
    pub receive_count: u32,
    /// The id of the trace of the last message. Null without a trace.
    pub trace_id: Option<String>,
}

impl FailureReport {
    pub(super) fn new(failed: FailedMessage) -> Self {
        Self {
            at: rfc3339(failed.at),
            ending: failed.ending,
            reason: failed.reason,
            count: failed.count,
            message_id: failed.message_id.to_string(),
            receive_count: failed.receive_count,
            trace_id: failed.trace_id,
        }
    }
}

/// To the second.
fn rfc3339(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}
