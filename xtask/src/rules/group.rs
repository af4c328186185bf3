//! What a rule file consists of, before it is text.

use std::time::Duration;

use longshore::slo::windows::Severity;

/// The labels of a series per queue. Labels that a site does not have are absent.
pub const BY_QUEUE: &str = "cluster, namespace, job, queue";
/// The labels of a series per SLO.
pub const BY_SLO: &str = "cluster, namespace, job, queue, slo";

/// Rules that are evaluated together and in order, so that each sees what those above it recorded.
pub struct Group {
    /// Its name.
    pub name: &'static str,
    /// What it is for, in a sentence that becomes a comment.
    pub about: &'static str,
    /// How often it is evaluated.
    pub interval: Duration,
    /// In order.
    pub rules: Vec<Rule>,
}

/// One rule.
pub enum Rule {
    /// Saves the value of an expression as a series.
    Record {
        /// `level:metric:operations`.
        name: String,
        /// PromQL.
        expr: String,
    },
    /// Tells somebody that an expression has had a value for a while.
    Alert(Alert),
}

/// One alert.
pub struct Alert {
    /// Its name, which is also its runbook's.
    pub name: &'static str,
    /// PromQL. Its labels are all that the texts may use.
    pub expr: String,
    /// How long the expression must have had a value.
    pub hold: Duration,
    /// How long the alert goes on afterwards.
    pub keep: Duration,
    /// Who has to act.
    pub severity: Severity,
    /// Labels beside the expression's, which tell apart alerts of one name.
    pub labels: Vec<(&'static str, String)>,
    /// What is wrong, in a sentence that does not change while it is.
    pub summary: String,
    /// How much of it there is.
    pub description: String,
    /// Where to look.
    pub dashboard: DashboardId,
}

/// The dashboards that there are, and that an alert may point to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DashboardId {
    /// All queues.
    Fleet,
    /// One queue.
    Queue,
    /// Pods, drains and what they left.
    Shutdown,
}

impl DashboardId {
    /// What addresses know it by.
    pub const fn uid(self) -> &'static str {
        match self {
            Self::Fleet => "longshore-fleet",
            Self::Queue => "longshore-queue",
            Self::Shutdown => "longshore-shutdown",
        }
    }

    /// The path under the Grafana that has it.
    pub fn path(self) -> String {
        format!("/d/{}", self.uid())
    }

    /// The path, on the queue of an alert.
    pub(super) fn url(self) -> String {
        let path = self.path();
        format!("{path}?var-job={{{{ $labels.job }}}}&var-queue={{{{ $labels.queue }}}}")
    }
}

/// Saves an expression as a series.
pub(super) fn record(name: impl Into<String>, expr: impl Into<String>) -> Rule {
    Rule::Record { name: name.into(), expr: expr.into() }
}
