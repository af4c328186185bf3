//! What `/slo` and the status page say: each queue's objectives, money and work, from this process's own
//! counts. For a fleet of processes, and for longer than one lives, ask Prometheus.

mod cost;
mod fleet;
mod objective;
mod work;

use schemars::JsonSchema;
use serde::Serialize;

use super::verdict::{self, Verdict};
use crate::health::Health;
use crate::telemetry::{LabelSet, Metrics, QueueMetrics, Slo};

pub use cost::{CostReport, excess_receives};
#[cfg(feature = "page")]
pub(crate) use cost::{in_vain, long_polls};
pub use fleet::{FleetReport, StoppingReport};
pub(super) use objective::alerts;
pub use objective::{BurnReport, SloReport, burn_rate};
pub use work::{BucketReport, LatencyReport, ShutdownReport, State, WorkReport};

/// Everything that this process can say of its objectives.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report {
    /// The version of Longshore that speaks.
    pub version: &'static str,
    /// All queues together.
    pub fleet: FleetReport,
    /// The queues that this process works.
    pub queues: Vec<QueueReport>,
}

/// One queue.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QueueReport {
    /// Its name, as in the metrics.
    pub queue: String,
    /// Whether it is well, and what to do.
    pub verdict: Verdict,
    /// Its objectives.
    pub slos: Vec<SloReport>,
    /// What it costs.
    pub cost: CostReport,
    /// How long its handlers ran.
    pub latency: LatencyReport,
    /// What is being done.
    pub work: WorkReport,
}

impl Report {
    /// What there is to say now.
    pub fn of(metrics: &Metrics, health: &Health) -> Self {
        let queues: Vec<_> =
            metrics.queues().iter().map(|queue| QueueReport::of(queue, health)).collect();
        let fleet = FleetReport::of(&queues, health.draining());
        Self { version: env!("CARGO_PKG_VERSION"), fleet, queues }
    }

    /// Its JSON Schema.
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(Self)
    }
}

impl QueueReport {
    fn of(metrics: &QueueMetrics, health: &Health) -> Self {
        let queue = metrics.queue().to_owned();
        let slos: Vec<_> = Slo::ALL.iter().map(|slo| SloReport::of(*slo, metrics)).collect();
        let cost = CostReport::of(metrics);
        let work = WorkReport::of(metrics, health);
        let stuck = health.stuck_in(&queue);
        let verdict = verdict::of_queue(&slos, &cost, &work, stuck, metrics.objectives());
        Self { queue, verdict, slos, cost, latency: LatencyReport::of(metrics), work }
    }
}

/// To four digits behind the point: a person reads it.
fn short(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

fn cents(dollars: f64) -> f64 {
    (dollars * 100.0).round() / 100.0
}

fn whole(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64().round()
}
