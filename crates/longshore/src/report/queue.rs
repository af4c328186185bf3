//! The report of one queue.

use schemars::JsonSchema;
use serde::Serialize;

use super::cost::CostReport;
use super::failure::FailureReport;
use super::groups::GroupsReport;
use super::latency::LatencyReport;
use super::objective::SloReport;
use super::queue_verdict;
use super::verdict::Verdict;
use super::work::WorkReport;
use crate::health::Health;
use crate::label::LabelSet;
use crate::slo::Slo;
use crate::telemetry::QueueMetrics;

/// One queue.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct QueueReport {
    /// The name of the queue, as in the metrics.
    pub queue: String,
    /// The region of the queue. Null before SQS has named the queue.
    pub region: Option<String>,
    /// The AWS account of the queue. Null before SQS has named the queue.
    pub account: Option<String>,
    /// Whether the queue needs attention, and what to do.
    pub verdict: Verdict,
    /// The objectives.
    pub slos: Vec<SloReport>,
    /// The cost.
    pub cost: CostReport,
    /// How long the handlers ran.
    pub latency: LatencyReport,
    /// The work in progress.
    pub work: WorkReport,
    /// The busiest message groups. Null if no message of the last minutes had a group.
    pub groups: Option<GroupsReport>,
    /// The last messages that were not processed, one for each reason, newest first.
    pub failures: Vec<FailureReport>,
}

impl QueueReport {
    pub(super) fn new(metrics: &QueueMetrics, health: &Health) -> Self {
        let figures = metrics.figures();
        let queue = metrics.queue().to_owned();
        let slos: Vec<_> = Slo::ALL.iter().map(|slo| SloReport::new(*slo, figures)).collect();
        let cost = CostReport::new(figures);
        let work = WorkReport::new(&queue, figures, health);
        let stuck = health.stuck_in(&queue);
        let verdict = queue_verdict::judge_queue(&slos, &cost, &work, stuck, figures.objectives());
        let known = figures.state();
        Self {
            queue,
            region: known.region().map(str::to_owned),
            account: known.account().map(str::to_owned),
            verdict,
            slos,
            cost,
            latency: LatencyReport::new(figures),
            work,
            groups: figures.busy_groups().map(GroupsReport::from),
            failures: figures.failures().into_iter().map(FailureReport::new).collect(),
        }
    }
}
