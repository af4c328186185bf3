//! The last failures of a queue, as the page shows them.

use super::figure::Figure;
use crate::report::FailureReport;

/// One reason, and the last message that has it.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) count: Figure,
    /// The word after the count.
    pub(super) times: &'static str,
    pub(super) ending: String,
    pub(super) reason: String,
    pub(super) message_id: String,
    pub(super) receive_count: u32,
    pub(super) trace_id: Option<String>,
    /// For programs.
    pub(super) at: String,
    /// For people: date and time in UTC.
    pub(super) at_text: String,
}

impl Failure {
    pub(super) fn new(pointer: &str, report: &FailureReport) -> Self {
        Self {
            count: Figure::count(format!("{pointer}/count"), report.count),
            times: if report.count == 1 { "time" } else { "times" },
            ending: report.ending.replace('_', " "),
            reason: report.reason.clone(),
            message_id: report.message_id.clone(),
            receive_count: report.receive_count,
            trace_id: report.trace_id.clone(),
            at: report.at.clone(),
            at_text: report.at.replace('T', " ").replace('Z', " UTC"),
        }
    }
}
