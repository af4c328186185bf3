//! Metrics: the catalog, the series of each queue, and the figures that the process reads back.

mod activity;
pub mod catalog;
mod configured;
mod distribution;
mod document;
mod exemplars;
mod exposition;
mod figures;
mod growth;
mod history;
pub(crate) mod messaging;
mod metrics;
mod openmetrics;
mod possible;
mod queue_metrics;
mod repeats;
mod reported;
mod series;
mod totals;

pub use activity::{Awaited, BreakerState, Heartbeat};
pub use distribution::Buckets;
pub use document::{json, markdown};
pub use exemplars::QueueExemplars;
pub use figures::{Attributes, Figures, OpenBreaker};
pub use growth::BacklogGrowth;
pub use history::{Moment, Past};
#[cfg(feature = "otlp")]
pub(crate) use metrics::BoxedRecorder;
pub use metrics::Metrics;
pub use queue_metrics::QueueMetrics;
pub(crate) use repeats::Repeats;
pub use totals::{Snapshot, Totals};
