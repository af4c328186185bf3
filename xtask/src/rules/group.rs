//! Rule groups, rules and alerts, before they are written as YAML.

use std::time::Duration;

use longshore::report::{RUNBOOKS, runbook_url};
use longshore::slo::windows::Severity;

/// The labels that a site adds to the series of its workers, if it has them.
pub const SITE: [&str; 2] = ["cluster", "namespace"];
/// The labels of a series per queue. Labels that a site does not have are absent.
pub const BY_QUEUE: &str = "cluster, namespace, job, queue";
/// The labels of a queue that several jobs consume.
pub(super) const BY_ANY_JOB: &str = "cluster, namespace, queue";
/// The labels of one worker's series of a queue.
pub const BY_WORKER: &str = "cluster, namespace, job, queue, instance";
/// The labels of a series per fleet: all queues of a namespace.
pub const BY_FLEET: &str = "cluster, namespace";
/// The labels of the series of a process.
pub const BY_PROCESS: &str = "cluster, namespace, job, instance";
/// The labels of a series per SLO.
pub const BY_SLO: &str = "cluster, namespace, job, queue, slo";

/// Rules that Prometheus evaluates in order, so that each rule sees what the rules above it
/// recorded.
pub struct Group {
    /// Its name.
    pub name: &'static str,
    /// Its purpose, in a sentence that becomes a comment.
    pub about: &'static str,
    /// How often it is evaluated.
    pub interval: Duration,
    /// The rules, in order.
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
    /// Fires after an expression has had a value for a while.
    Alert(Alert),
}

/// One alert.
pub struct Alert {
    /// Its name, which is also the name of its runbook.
    pub name: &'static str,
    /// PromQL. The texts can use only the labels of its result.
    pub expr: String,
    /// How long the expression must have a value before the alert fires.
    pub hold: Duration,
    /// How long the alert keeps firing after the expression has no value.
    pub keep: Duration,
    /// How soon an operator must act.
    pub severity: Severity,
    /// Additional labels. They distinguish alerts with the same name.
    pub labels: Vec<(&'static str, String)>,
    /// What is wrong, in a sentence that does not change while the alert fires.
    pub summary: String,
    /// The details, with the current value.
    pub description: String,
    /// The dashboard that shows the problem.
    pub dashboard: DashboardId,
}

/// A dashboard that an alert can link to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DashboardId {
    /// All queues.
    Fleet,
    /// One queue.
    Queue,
    /// Shutdowns and scaling.
    Shutdown,
    /// Queues of any consumer, from the metrics of CloudWatch.
    CloudWatch,
}

impl DashboardId {
    /// Its identifier in URLs.
    pub const fn uid(self) -> &'static str {
        match self {
            Self::Fleet => "longshore-fleet",
            Self::Queue => "longshore-queue",
            Self::Shutdown => "longshore-shutdown",
            Self::CloudWatch => "sqs-cloudwatch",
        }
    }

    /// Its path in Grafana.
    pub fn path(self) -> String {
        format!("/d/{}", self.uid())
    }

    /// The labels that say where a queue is. A site or an exporter may not have them.
    pub(super) const fn place(self) -> &'static [&'static str] {
        match self {
            Self::Fleet | Self::Queue | Self::Shutdown => &SITE,
            Self::CloudWatch => &["account_id", "region"],
        }
    }

    /// The address of the runbook of an alert that links to this dashboard.
    pub(super) fn runbook_url(self, alert: &str) -> String {
        match self {
            Self::Fleet | Self::Queue | Self::Shutdown => runbook_url(alert),
            Self::CloudWatch => format!("{RUNBOOKS}cloudwatch.md#{}", alert.to_lowercase()),
        }
    }

    /// Its path, with the labels of an alert selected. A label that the alert does not have stays at
    /// All. `urlquery` is a function of Go templates, so Prometheus, vmalert and Grafana know it.
    pub(super) fn url(self) -> String {
        let always = match self {
            Self::Fleet | Self::CloudWatch => "",
            Self::Queue | Self::Shutdown => {
                "var-job={{ $labels.job | urlquery }}&var-queue={{ $labels.queue | urlquery }}"
            }
        };
        let optional = match self {
            Self::Fleet | Self::Queue | Self::Shutdown => SITE.to_vec(),
            Self::CloudWatch => vec!["account_id", "region", "queue"],
        };
        let select = |label: &&str| {
            format!(
                "{{{{ with $labels.{label} }}}}&var-{label}={{{{ . | urlquery }}}}{{{{ end }}}}"
            )
        };
        let optional: String = optional.iter().map(select).collect();
        format!("{}?{always}{optional}", self.path())
    }
}

/// A rule that saves the value of an expression as a series.
pub(crate) fn record(name: impl Into<String>, expr: impl Into<String>) -> Rule {
    Rule::Record { name: name.into(), expr: expr.into() }
}
