//! A verdict: whether a queue needs attention, and what to do. The windows are those of the alerts.
//! An alert waits before it fires; a verdict does not.

use schemars::JsonSchema;
use serde::Serialize;

use crate::slo::windows::Severity;

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
    /// The order of verdicts with the same level.
    #[serde(skip)]
    pub(crate) harm: Harm,
}

impl Level {
    /// The level of what an alert of this severity is about.
    pub(super) fn of(severity: Severity) -> Self {
        match severity {
            Severity::Page => Self::Failing,
            Severity::Ticket => Self::AtRisk,
        }
    }

    /// The word that begins a verdict.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Unknown => "no judgement yet",
            Self::Well => "well",
            Self::Wasting => "wasting",
            Self::AtRisk => "at risk",
            Self::Failing => "failing",
        }
    }
}

/// What a verdict is about, from the least to the most harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Harm {
    /// None, or money.
    #[default]
    None,
    /// Something that would show a harm cannot be seen.
    Blind,
    /// Messages wait.
    Waiting,
    /// Messages are processed more than once.
    Repeated,
    /// Messages fail.
    Failed,
    /// No message is processed.
    Stopped,
    /// Messages are processed, and lost or repeated because SQS denies requests.
    Denied,
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
        Self { level, says: says.into(), advice: None, runbook: None, harm: Harm::None }
    }

    pub(super) fn advising(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    pub(super) fn causing(self, harm: Harm) -> Self {
        Self { harm, ..self }
    }

    pub(super) fn with_runbook(self, alert: &'static str) -> Self {
        Self { runbook: Some(alert), ..self }
    }
}
