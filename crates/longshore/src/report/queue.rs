//! The report of one queue.

use schemars::JsonSchema;
use serde::Serialize;

use super::cost::CostReport;
use super::objective::SloReport;
use super::queue_verdict;
use super::verdict::Verdict;
use super::work::{LatencyReport, WorkReport};
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
        Self { queue, verdict, slos, cost, latency: LatencyReport::new(figures), work }
    }
}
