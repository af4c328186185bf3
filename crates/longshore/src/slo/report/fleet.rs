//! All queues of this process together.

use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use super::{QueueReport, State, cents, whole};
use crate::health::Drain;
use crate::slo::verdict::{self, Verdict};

/// All queues together.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FleetReport {
    /// Whether all is well, and what to do.
    pub verdict: Verdict,
    /// The stop that is on. Null where none is.
    pub stopping: Option<StoppingReport>,
    /// Messages received and not yet settled.
    pub in_flight: u64,
    /// Dollars for 30 days at the pace of the last hour. Null in the first second.
    pub projected_spend_per_month_usd: Option<f64>,
    /// Of these, dollars for receives that brought nothing and did not wait as long as SQS lets them.
    pub projected_waste_per_month_usd: Option<f64>,
}

/// A stop.
#[derive(Debug, Serialize, JsonSchema)]
pub struct StoppingReport {
    /// How it stands, in a sentence.
    pub says: String,
    /// How long ago it began.
    pub seconds: f64,
    /// How long handlers may still run on.
    pub grace_left_seconds: f64,
    /// Messages that were cut off: aborted or abandoned.
    pub cut_off: u64,
}

impl FleetReport {
    pub(super) fn of(queues: &[QueueReport], drain: Option<Drain>) -> Self {
        let sum = |dollars: fn(&QueueReport) -> Option<f64>| {
            let known: Vec<_> = queues.iter().filter_map(dollars).collect();
            (!known.is_empty()).then(|| cents(known.iter().sum()))
        };
        let spend = sum(|queue| queue.cost.projected_spend_per_month_usd);
        let waste = sum(|queue| queue.cost.projected_waste_per_month_usd);
        Self {
            verdict: verdict::of_fleet(queues, spend, waste),
            stopping: drain.map(|drain| StoppingReport::of(queues, drain)),
            in_flight: queues.iter().map(|queue| queue.work.in_flight).sum(),
            projected_spend_per_month_usd: spend,
            projected_waste_per_month_usd: waste,
        }
    }
}

impl StoppingReport {
    fn of(queues: &[QueueReport], drain: Drain) -> Self {
        let lasted = Instant::now().duration_since(drain.began);
        let left = whole(drain.grace.saturating_sub(lasted));
        let ended = queues.iter().all(|queue| queue.work.state == State::Ended);
        let says = if ended { verdict::stopped(queues) } else { verdict::stopping(queues, left) };
        let cut_off =
            |queue: &QueueReport| queue.work.shutdown.aborted + queue.work.shutdown.abandoned;
        let cut_off = queues.iter().map(cut_off).sum();
        Self { says, seconds: whole(lasted), grace_left_seconds: left, cut_off }
    }
}
