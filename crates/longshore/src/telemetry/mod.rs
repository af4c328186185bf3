//! Metrics: the catalog, the series of each queue, and the figures that the process reads back.

mod activity;
mod ages;
mod busy_groups;
pub mod catalog;
mod configured;
mod distribution;
mod document;
mod exemplars;
mod exposition;
mod failures;
mod figures;
mod group_events;
mod group_metrics;
mod growth;
mod history;
pub(crate) mod messaging;
mod metrics;
mod observations;
mod openmetrics;
mod payload_events;
mod payload_metrics;
mod possible;
mod queue_metrics;
mod queue_state;
mod repeats;
mod reported;
mod series;
mod totals;

pub use activity::{Awaited, BreakerState, Heartbeat};
pub use busy_groups::{BusyGroup, BusyGroups, Dwell};
pub use distribution::Buckets;
pub use document::{json, markdown};
pub use exemplars::QueueExemplars;
pub use failures::FailedMessage;
pub use figures::{Figures, OpenBreaker};
pub use growth::BacklogGrowth;
pub use history::{Moment, Past};
#[cfg(feature = "otlp")]
pub(crate) use metrics::BoxedRecorder;
pub use metrics::Metrics;
pub use queue_metrics::QueueMetrics;
pub use queue_state::{Attributes, DeadLetters, QueueState};
pub(crate) use repeats::Repeats;
pub use totals::{Snapshot, Totals};
