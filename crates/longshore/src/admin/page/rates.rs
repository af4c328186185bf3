//! The last hour of a queue, as rates for the plots.

use crate::cost::pricing::MONTH;
use crate::telemetry::QueueMetrics;

/// The rates within one step: per second, and dollars per month.
#[derive(Debug, Clone, Copy)]
pub(super) struct RateStep {
    /// Seconds from its start to the latest moment.
    pub(super) from: f64,
    /// Seconds from its end to the latest moment.
    pub(super) to: f64,
    pub(super) usd_per_month: f64,
    pub(super) wasted_usd_per_month: f64,
    pub(super) empty_receives: f64,
    pub(super) long_poll_floor: f64,
    pub(super) receives_with_messages: f64,
    pub(super) processed: f64,
    pub(super) failed: f64,
}

/// A shorter step has too few events for a rate.
const SHORTEST_SECONDS: f64 = 0.5;

/// The steps of the last hour, oldest first; none in the first second of a process.
pub(super) fn last_hour(metrics: &QueueMetrics) -> Vec<RateStep> {
    let price = metrics.figures().price_per_request_usd() * MONTH.as_secs_f64();
    let series = metrics.figures().time_series();
    let steps = series.windows(2).filter_map(|pair| {
        let (from, to) = (pair[0].ago.as_secs_f64(), pair[1].ago.as_secs_f64());
        let seconds = from - to;
        let events = pair[1].totals.since(pair[0].totals);
        let rate = |number: f64| number / seconds;
        (seconds >= SHORTEST_SECONDS).then(|| RateStep {
            from,
            to,
            usd_per_month: rate(events.billed_requests as f64) * price,
            wasted_usd_per_month: rate(events.wasted_receives()) * price,
            empty_receives: rate(events.empty_receives as f64),
            long_poll_floor: rate(events.long_poll_floor()),
            receives_with_messages: rate((events.receives - events.empty_receives) as f64),
            processed: rate(events.deleted as f64),
            failed: rate(events.handler_errors as f64),
        })
    });
    steps.collect()
}
