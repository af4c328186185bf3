//! The cost of a month without messages.

use std::time::Duration;

use super::forecast::ROUND_TRIP;
use super::pricing::{receives_per_month, usd};
use crate::config::QueueConfig;

/// An idle queue is asked for its attributes this often: 8,640 requests a month, $0.0035.
pub const IDLE_ATTRIBUTES_INTERVAL: Duration = Duration::from_secs(300);

/// A queue's month without messages. An idle queue has one poll loop.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct IdleMonth<'a> {
    /// The queue.
    pub queue: &'a QueueConfig,
    /// The cost with the configured wait.
    pub configured: IdleCost,
    /// The cost with a wait of 0.
    pub short_polling: IdleCost,
    /// Requests for the attributes of the queue and of its dead-letter queue per month, in addition.
    pub attribute_requests: u64,
    /// Their price in US dollars.
    pub attributes_usd: f64,
}

/// The receives of a month and their price. The free requests of the account are not subtracted.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[non_exhaustive]
pub struct IdleCost {
    /// Receives per month.
    pub receives: u64,
    /// US dollars per month.
    pub usd: f64,
}

impl<'a> IdleMonth<'a> {
    /// The forecast for this queue.
    pub fn new(queue: &'a QueueConfig) -> Self {
        let cost = |each| {
            let receives = receives_per_month(each);
            IdleCost { receives, usd: usd(receives, queue.price_per_million_usd()) }
        };
        let interval = queue.backlog_interval().max(IDLE_ATTRIBUTES_INTERVAL);
        let dead_letters = match queue.dead_letter_interval() {
            Duration::ZERO => 0,
            interval => receives_per_month(interval),
        };
        let attribute_requests = receives_per_month(interval) + dead_letters;
        Self {
            queue,
            configured: cost(queue.wait().max(ROUND_TRIP)),
            short_polling: cost(ROUND_TRIP),
            attribute_requests,
            attributes_usd: usd(attribute_requests, queue.price_per_million_usd()),
        }
    }
}

impl std::iter::Sum for IdleCost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), |sum, cost| Self {
            receives: sum.receives + cost.receives,
            usd: sum.usd + cost.usd,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_month_costs_cents_with_long_polling_and_103_dollars_without() {
        let queue = QueueConfig::builder("orders").build().unwrap();
        let month = IdleMonth::new(&queue);
        assert_eq!(month.configured.receives, 129_600);
        assert_eq!(month.short_polling.receives, 259_200_000);
        assert!((month.configured.usd - 0.05184).abs() < 1e-9);
        assert!((month.short_polling.usd - 103.68).abs() < 1e-9);
        assert_eq!(month.attribute_requests, 8_640 + 2_880);
        assert!(month.attributes_usd < 0.01);
    }

    #[test]
    fn a_wait_of_zero_costs_as_much_as_short_polling() {
        let queue = QueueConfig::builder("orders").wait(Duration::ZERO).short_polling(true);
        let queue = queue.build().unwrap();
        let month = IdleMonth::new(&queue);
        assert_eq!(month.configured, month.short_polling);
    }
}
