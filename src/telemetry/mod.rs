//! What the worker shows of itself: the catalogue of metrics, the typed handles that feed them, and
//! the health of its poll loops. Knows nothing of queues or tasks beyond their names.

pub mod catalog;
mod document;
pub mod health;
mod labels;
mod metrics;
mod queue_metrics;
mod recent;
mod series;
mod totals;

pub use document::{json, markdown};
pub use labels::{
    Action, ApiResult, BacklogState, Delivery, Ending, Fate, HandlerError, Heartbeat, LabelSet,
    ReceiveOutcome, Settled, Settling,
};
pub use metrics::Metrics;
pub use queue_metrics::{Configured, QueueMetrics};
pub use totals::{Snapshot, Totals};
