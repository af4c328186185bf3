//! A verdict as the page shows it.

use crate::report::{Level, StoppingReport, Verdict, runbook_url};

/// A verdict with its CSS class and the link to its runbook.
#[derive(Debug, Clone)]
pub(super) struct VerdictView {
    /// Determines color and symbol.
    pub(super) class: &'static str,
    pub(super) says: String,
    pub(super) advice: Option<String>,
    pub(super) runbook: Option<String>,
}

impl From<&Verdict> for VerdictView {
    fn from(verdict: &Verdict) -> Self {
        let class = match verdict.level {
            Level::Unknown => "unknown",
            Level::Well => "well",
            Level::Wasting => "wasting",
            Level::AtRisk => "at-risk",
            Level::Failing => "failing",
        };
        let says = plain(&verdict.says);
        let runbook = verdict.runbook.map(runbook_url);
        Self { class, says, advice: verdict.advice.as_deref().map(plain), runbook }
    }
}

impl From<&StoppingReport> for VerdictView {
    fn from(stopping: &StoppingReport) -> Self {
        // The alerts on these messages are tickets.
        let class = if stopping.cut_off > 0 { "at-risk" } else { "stopping" };
        let advice = stopping.advice.map(str::to_owned);
        let runbook = stopping.runbook.map(runbook_url);
        Self { class, says: stopping.says.clone(), advice, runbook }
    }
}

/// Without the backticks that log lines have around names.
fn plain(text: &str) -> String {
    text.replace('`', "")
}
