//! The last hour of a queue, as rates that plots are made of.

use crate::cost::pricing::MONTH;
use crate::slo::report::{in_vain, long_polls};
use crate::telemetry::QueueMetrics;

/// What came within one step, by the second, and in dollars by the month.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// Seconds from its beginning to the latest moment.
    pub(super) from: f64,
    /// Seconds from its end to the latest moment.
    pub(super) to: f64,
    pub(super) usd_per_month: f64,
    pub(super) wasted_usd_per_month: f64,
    pub(super) empty_receives: f64,
    pub(super) long_poll_floor: f64,
    pub(super) receives_with_messages: f64,
    pub(super) handled: f64,
    pub(super) failed: f64,
}

/// A step shorter than this says more about chance than about the queue.
const SHORTEST_SECONDS: f64 = 0.5;

/// The steps of the last hour, oldest first; none in the first second of a process.
pub(super) fn of(metrics: &QueueMetrics) -> Vec<Step> {
    let price = metrics.price_per_request_usd() * MONTH.as_secs_f64();
    let course = metrics.course();
    let steps = course.windows(2).filter_map(|pair| {
        let (from, to) = (pair[0].ago.as_secs_f64(), pair[1].ago.as_secs_f64());
        let seconds = from - to;
        let events = pair[1].totals.since(pair[0].totals);
        let rate = |number: f64| number / seconds;
        (seconds >= SHORTEST_SECONDS).then(|| Step {
            from,
            to,
            usd_per_month: rate(events.billed_requests as f64) * price,
            wasted_usd_per_month: rate(in_vain(&events)) * price,
            empty_receives: rate(events.empty_receives as f64),
            long_poll_floor: rate(long_polls(&events)),
            receives_with_messages: rate((events.receives - events.empty_receives) as f64),
            handled: rate(events.deleted as f64),
            failed: rate(events.handler_errors as f64),
        })
    });
    steps.collect()
}
