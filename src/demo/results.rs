//! The results of the acts, counted by the worker's own metrics, and what they cost in a month.

use std::time::Duration;

use super::act::Act;
use longshore::cost::pricing::MONTH;
use longshore::telemetry::Snapshot;

/// The results of one act, finished or running.
#[derive(Debug, Clone, Copy)]
pub struct ActStats {
    /// The time since the start of the act.
    pub elapsed: Duration,
    /// Messages that the producer has sent.
    pub sent: u64,
    /// The worker's counts.
    pub counts: Snapshot,
    /// Price of one request, in US dollars.
    pub price_per_request_usd: f64,
    /// The p50 of the time from sending a message to the start of its handler.
    pub p50_wait: Option<Duration>,
}

impl ActStats {
    /// `count` as a rate over this act.
    pub fn per_second(&self, count: u64) -> f64 {
        if self.elapsed.is_zero() { 0.0 } else { count as f64 / self.elapsed.as_secs_f64() }
    }

    /// The cost of 30 days at this rate, in US dollars. Free requests are not subtracted.
    pub fn usd_per_month(&self) -> f64 {
        let requests = self.per_second(self.counts.billed_requests) * MONTH.as_secs_f64();
        requests * self.price_per_request_usd
    }

    /// Billed requests per processed message, or `None` if no message was processed.
    pub fn requests_per_message(&self) -> Option<f64> {
        let messages = self.counts.deleted;
        (messages > 0).then(|| self.counts.billed_requests as f64 / messages as f64)
    }
}

/// A worker that was replaced while its handlers ran.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DeployStats {
    /// Orders in handlers when the stop of the old worker began.
    pub in_handlers: u64,
    /// Of these, orders whose handler ended by itself.
    pub completed: u64,
    /// Orders whose handler was interrupted.
    pub aborted: u64,
    /// Orders whose handler started again in the new worker.
    pub repeated: u64,
    /// How long the old worker took to stop.
    pub stopped_after: Duration,
}

/// The results of all acts. `None`: the act has not started, or for a deploy, it has not ended.
#[derive(Debug, Clone, Copy, Default)]
pub struct Results {
    /// Act 1.
    pub short_polling: Option<ActStats>,
    /// Act 2.
    pub long_polling: Option<ActStats>,
    /// Act 3.
    pub without_drain: Option<DeployStats>,
    /// Act 4.
    pub with_drain: Option<DeployStats>,
}

impl Results {
    pub(super) fn polled(&mut self, act: Act, stats: ActStats) {
        match act {
            Act::ShortPolling => self.short_polling = Some(stats),
            Act::LongPolling => self.long_polling = Some(stats),
            Act::WithoutDrain | Act::WithDrain => {}
        }
    }

    pub(super) fn deployed(&mut self, act: Act, stats: DeployStats) {
        match act {
            Act::WithoutDrain => self.without_drain = Some(stats),
            Act::WithDrain => self.with_drain = Some(stats),
            Act::ShortPolling | Act::LongPolling => {}
        }
    }
}

/// The relative reduction from `before` to `after`: 0.95 from 100 to 5, and negative for an
/// increase. `None` if `before` is zero.
pub fn reduction(before: f64, after: f64) -> Option<f64> {
    (before > 0.0).then(|| 1.0 - after / before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(seconds: u64, billed_requests: u64, deleted: u64) -> ActStats {
        ActStats {
            elapsed: Duration::from_secs(seconds),
            sent: deleted,
            counts: Snapshot { billed_requests, deleted, ..Snapshot::default() },
            price_per_request_usd: 0.40 / 1e6,
            p50_wait: None,
        }
    }

    #[test]
    fn one_hundred_requests_per_second_cost_about_100_dollars_per_month() {
        let dollars = act(15, 1_500, 10).usd_per_month();
        assert!((dollars - 103.68).abs() < 1e-9, "{dollars}");
    }

    #[test]
    fn the_monthly_cost_does_not_depend_on_the_measured_time() {
        let (short, long) =
            (act(3, 240, 3).usd_per_month(), act(3_600, 288_000, 3).usd_per_month());
        assert!((short - long).abs() < 1e-9);
    }

    #[test]
    fn an_act_that_has_just_begun_has_no_cost_and_no_ratio() {
        let stats = act(0, 1, 0);
        assert_eq!(stats.usd_per_month(), 0.0);
        assert_eq!(stats.requests_per_message(), None);
    }

    #[test]
    fn a_reduction_is_relative_to_the_value_before() {
        assert_eq!(reduction(200.0, 10.0), Some(0.95));
        assert_eq!(reduction(10.0, 20.0), Some(-1.0));
        assert_eq!(reduction(0.0, 1.0), None);
    }
}
