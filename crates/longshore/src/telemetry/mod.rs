//! What the worker shows of itself: the catalogue of metrics, the typed handles that feed them, traces,
//! their export, and the health of its poll loops. Knows nothing of queues or tasks beyond their names.

pub mod catalog;
mod distribution;
mod document;
mod history;
mod labels;
mod metrics;
mod queue_metrics;
mod repeats;
mod series;
mod totals;

pub use distribution::Buckets;
pub use document::{json, markdown};
pub use history::{Moment, Past};
pub use labels::{
    Action, ApiResult, Awaited, BacklogState, Delivery, Ending, Fate, HandlerError, Heartbeat,
    Judgement, LabelSet, ReceiveOutcome, Settled, Settling, Slo,
};
#[cfg(feature = "otlp")]
pub(crate) use metrics::BoxedRecorder;
pub use metrics::Metrics;
pub use queue_metrics::QueueMetrics;
pub(crate) use repeats::Repeats;
pub use totals::{Snapshot, Totals};
