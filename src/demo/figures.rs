//! What an act comes to, and what that would be in a month. Counted by the worker's own metrics.

use std::time::Duration;

use longshore::cost::pricing::MONTH;
use longshore::telemetry::Snapshot;

/// How a worker asks for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polling {
    /// `WaitTimeSeconds` 0: every receive is answered at once.
    Short,
    /// `WaitTimeSeconds` 20: a receive is answered when there is a message.
    Long,
}

impl Polling {
    /// The queue's name in the metrics and on the page.
    pub fn shown_as(self) -> &'static str {
        match self {
            Self::Short => "orders-short-polling",
            Self::Long => "orders-long-polling",
        }
    }

    /// Each receive's wait.
    pub fn wait(self) -> Duration {
        match self {
            Self::Short => Duration::ZERO,
            Self::Long => Duration::from_secs(20),
        }
    }
}

/// One act in numbers, ended or still on.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    /// How long it has lasted.
    pub took: Duration,
    /// Messages that the producer has sent.
    pub sent: u64,
    /// What the worker has counted.
    pub counts: Snapshot,
    /// Price of one request, in US dollars.
    pub price_per_request_usd: f64,
    /// Time from sending to the start of the handler that half of the messages did not exceed.
    pub median_wait: Option<Duration>,
}

impl Figures {
    /// So many of anything in this act, as a rate.
    pub fn per_second(&self, count: u64) -> f64 {
        if self.took.is_zero() { 0.0 } else { count as f64 / self.took.as_secs_f64() }
    }

    /// What the requests would cost if a month of 30 days went on like this; the free ones not taken
    /// off.
    pub fn usd_per_month(&self) -> f64 {
        let requests = self.per_second(self.counts.billed_requests) * MONTH.as_secs_f64();
        requests * self.price_per_request_usd
    }

    /// Requests for each message that was handled; `None` where none was.
    pub fn requests_per_message(&self) -> Option<f64> {
        let messages = self.counts.deleted;
        (messages > 0).then(|| self.counts.billed_requests as f64 / messages as f64)
    }
}

/// Both acts, as far as they have come.
#[derive(Debug, Clone, Copy, Default)]
pub struct Acts {
    /// Act one.
    pub short_polling: Option<Figures>,
    /// Act two.
    pub long_polling: Option<Figures>,
}

impl Acts {
    pub(super) fn set(&mut self, polling: Polling, figures: Figures) {
        match polling {
            Polling::Short => self.short_polling = Some(figures),
            Polling::Long => self.long_polling = Some(figures),
        }
    }
}

/// By which share of `before` the rate `after` is less: 0.95 of 100 and 5. Negative where it is more,
/// `None` where there was nothing before.
pub fn less(before: f64, after: f64) -> Option<f64> {
    (before > 0.0).then(|| 1.0 - after / before)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(seconds: u64, billed_requests: u64, deleted: u64) -> Figures {
        Figures {
            took: Duration::from_secs(seconds),
            sent: deleted,
            counts: Snapshot { billed_requests, deleted, ..Snapshot::default() },
            price_per_request_usd: 0.40 / 1e6,
            median_wait: None,
        }
    }

    #[test]
    fn a_hundred_requests_a_second_are_a_hundred_dollars_a_month() {
        let dollars = act(15, 1_500, 10).usd_per_month();
        assert!((dollars - 103.68).abs() < 1e-9, "{dollars}");
    }

    #[test]
    fn how_long_it_was_measured_makes_no_difference_to_the_month() {
        let (short, long) =
            (act(3, 240, 3).usd_per_month(), act(3_600, 288_000, 3).usd_per_month());
        assert!((short - long).abs() < 1e-9);
    }

    #[test]
    fn an_act_that_has_just_begun_costs_nothing_and_divides_by_nothing() {
        let figures = act(0, 1, 0);
        assert_eq!(figures.usd_per_month(), 0.0);
        assert_eq!(figures.requests_per_message(), None);
    }

    #[test]
    fn less_is_told_against_what_was_before() {
        assert_eq!(less(200.0, 10.0), Some(0.95));
        assert_eq!(less(10.0, 20.0), Some(-1.0));
        assert_eq!(less(0.0, 1.0), None);
    }
}
