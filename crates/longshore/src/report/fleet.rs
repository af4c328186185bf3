//! All queues of this process together.

use schemars::JsonSchema;
use serde::Serialize;
use tokio::time::Instant;

use super::faults::{ABORTED, LONGER_GRACE};
use super::fleet_verdict;
use super::queue::QueueReport;
use super::rounding::{cents, whole_seconds};
use super::verdict::Verdict;
use super::work::{ShutdownReport, State};
use crate::health::Drain;

/// All queues together.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct FleetReport {
    /// Whether any queue needs attention, and what to do.
    pub verdict: Verdict,
    /// The shutdown in progress. Null if there is none.
    pub stopping: Option<StoppingReport>,
    /// Messages received and not yet settled.
    pub in_flight: u64,
    /// Dollars in 30 days at the rate of the last hour. Null in the first second.
    pub projected_spend_per_month_usd: Option<f64>,
    /// Of these, dollars for empty receives that long polling would have avoided.
    pub projected_waste_per_month_usd: Option<f64>,
}

/// A shutdown in progress.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct StoppingReport {
    /// Its progress, in a sentence.
    pub says: String,
    /// Seconds since it began.
    pub seconds: f64,
    /// Seconds that are left of the grace.
    pub grace_left_seconds: f64,
    /// Messages that were aborted or abandoned.
    pub cut_off: u64,
    /// What to do about these messages. Null if there are none.
    pub advice: Option<&'static str>,
    /// The alert whose runbook explains more. Null if there are none.
    pub runbook: Option<&'static str>,
}

impl FleetReport {
    pub(super) fn new(queues: &[QueueReport], drain: Option<Drain>) -> Self {
        let sum = |dollars: fn(&QueueReport) -> Option<f64>| {
            let known: Vec<_> = queues.iter().filter_map(dollars).collect();
            (!known.is_empty()).then(|| cents(known.iter().sum()))
        };
        let spend = sum(|queue| queue.cost.projected_spend_per_month_usd);
        let waste = sum(|queue| queue.cost.projected_waste_per_month_usd);
        Self {
            verdict: fleet_verdict::judge_fleet(queues, spend, waste),
            stopping: drain.map(|drain| StoppingReport::new(queues, drain)),
            in_flight: queues.iter().map(|queue| queue.work.in_flight).sum(),
            projected_spend_per_month_usd: spend,
            projected_waste_per_month_usd: waste,
        }
    }
}

impl StoppingReport {
    fn new(queues: &[QueueReport], drain: Drain) -> Self {
        let lasted = Instant::now().duration_since(drain.began);
        let left = whole_seconds(drain.grace.saturating_sub(lasted));
        let ended = queues.iter().all(|queue| queue.work.state == State::Ended);
        let says = if ended {
            fleet_verdict::stopped(queues)
        } else {
            fleet_verdict::stopping(queues, left)
        };
        let sum = |fate: fn(&ShutdownReport) -> u64| {
            queues.iter().map(|queue| fate(&queue.work.shutdown)).sum::<u64>()
        };
        let (aborted, abandoned) = (sum(|fates| fates.aborted), sum(|fates| fates.abandoned));
        let (advice, runbook) = match (aborted, abandoned) {
            (0, 0) => (None, None),
            (0, _) => (
                Some("check the network to SQS; SQS redelivers the abandoned messages"),
                Some("LongshoreMessagesAbandoned"),
            ),
            _ => (Some(LONGER_GRACE), Some(ABORTED)),
        };
        Self {
            says,
            seconds: whole_seconds(lasted),
            grace_left_seconds: left,
            cut_off: aborted + abandoned,
            advice,
            runbook,
        }
    }
}
