//! Whether a queue is well, in a sentence, and what to do about it. The same table of windows decides as for
//! the alerts; a page has no patience, so what an alert waits for is told at once.

mod fleet;
mod queue;

use schemars::JsonSchema;
use serde::Serialize;

pub(super) use fleet::{of_fleet, stopped, stopping};
pub(super) use queue::of_queue;

/// What a person is to make of it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Verdict {
    /// In a word.
    pub level: Level,
    /// In a sentence without a full stop.
    pub says: String,
    /// What to do. Null where nothing is to be done.
    pub advice: Option<String>,
    /// The alert whose runbook says more. Null where there is none.
    pub runbook: Option<&'static str>,
}

/// How bad it is, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing has happened yet that could be judged.
    Unknown,
    /// Nothing is to be done.
    Well,
    /// Money goes into requests that bring nothing: in working hours.
    Wasting,
    /// An error budget burns: in working hours.
    AtRisk,
    /// Users feel it: now.
    Failing,
}

/// Where runbooks are read. Change it here when the project moves.
pub const RUNBOOKS: &str = "https://github.com/longshore/longshore/blob/main/docs/runbooks/";

/// The address of an alert's runbook.
pub fn runbook_url(alert: &str) -> String {
    format!("{RUNBOOKS}{alert}.md")
}

impl Verdict {
    fn new(level: Level, says: impl Into<String>) -> Self {
        Self { level, says: says.into(), advice: None, runbook: None }
    }

    fn advising(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    fn with_runbook(self, alert: &'static str) -> Self {
        Self { runbook: Some(alert), ..self }
    }
}
