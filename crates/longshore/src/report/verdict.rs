//! A verdict: whether a queue needs attention, and what to do. The windows are those of the alerts.
//! An alert waits before it fires; a verdict does not.

use schemars::JsonSchema;
use serde::Serialize;

/// Whether a queue needs attention.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Verdict {
    /// The severity.
    pub level: Level,
    /// In a sentence without a full stop.
    pub says: String,
    /// What to do. Null if there is nothing to do.
    pub advice: Option<String>,
    /// The alert whose runbook explains more. Null if there is none.
    pub runbook: Option<&'static str>,
}

/// The severity of a verdict, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// No event has been judged yet.
    Unknown,
    /// The queue meets its objectives.
    Well,
    /// Money is wasted. Act in working hours.
    Wasting,
    /// An error budget burns slowly. Act in working hours.
    AtRisk,
    /// Users are affected. Act now.
    Failing,
}

/// The base URL of the runbooks.
pub const RUNBOOKS: &str = "https://github.com/longshore/longshore/blob/main/docs/runbooks/";

/// The URL of an alert's runbook.
pub fn runbook_url(alert: &str) -> String {
    format!("{RUNBOOKS}{alert}.md")
}

impl Verdict {
    pub(super) fn new(level: Level, says: impl Into<String>) -> Self {
        Self { level, says: says.into(), advice: None, runbook: None }
    }

    pub(super) fn advising(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    pub(super) fn with_runbook(self, alert: &'static str) -> Self {
        Self { runbook: Some(alert), ..self }
    }
}
