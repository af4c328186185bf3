//! The report that `/slo` and the status page show: objectives, cost and work of each queue, from
//! the counts of this process. Prometheus has the figures of several processes and of longer times.

mod backlog;
mod budget;
mod cost;
mod expiry;
mod failure;
mod faults;
mod fleet;
mod fleet_verdict;
mod groups;
mod latency;
mod objective;
mod queue;
mod queue_verdict;
mod rounding;
mod verdict;
mod work;

use schemars::JsonSchema;
use serde::Serialize;

use crate::health::Health;
use crate::telemetry::Metrics;

pub use cost::CostReport;
pub use failure::FailureReport;
pub use fleet::{FleetReport, StoppingReport};
pub use groups::{GroupReport, GroupsReport};
pub use latency::{BucketReport, LatencyReport};
pub use objective::{BurnReport, SloReport, burn_rate};
pub use queue::QueueReport;
pub use verdict::{Level, RUNBOOKS, Verdict, runbook_url};
pub use work::{ShutdownReport, State, WorkReport};

/// The report of one process.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Report {
    /// The version of Longshore that wrote the report.
    pub version: &'static str,
    /// All queues together.
    pub fleet: FleetReport,
    /// The queues that this process consumes.
    pub queues: Vec<QueueReport>,
}

impl Report {
    /// The report of this moment.
    pub fn new(metrics: &Metrics, health: &Health) -> Self {
        let queues: Vec<_> =
            metrics.queues().iter().map(|queue| QueueReport::new(queue, health)).collect();
        let fleet = FleetReport::new(&queues, health.draining());
        Self { version: env!("CARGO_PKG_VERSION"), fleet, queues }
    }

    /// The JSON Schema of the report.
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(Self)
    }
}
