//! The cost of a month with messages, by their rate.

use std::time::Duration;

use super::forecast::requests_per_message;
use super::pricing::{MONTH, usd};
use crate::config::QueueConfig;

/// A queue's month at one rate of messages.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct BusyMonth<'a> {
    /// The queue.
    pub queue: &'a QueueConfig,
    /// Messages per second.
    pub per_second: f64,
    /// The cost as configured.
    pub configured: BusyCost,
    /// The cost with `gather = "0s"`.
    pub without_gather: BusyCost,
    /// The number of equal workers in [`in_copies`](Self::in_copies).
    pub copies: u32,
    /// The cost if this number of workers shares the queue.
    pub in_copies: BusyCost,
    /// The cost as a fair queue: one whose messages have a `MessageGroupId`. `None` for a FIFO queue,
    /// and if a price is configured, because it can be that of a fair queue.
    pub as_fair_queue: Option<BusyCost>,
}

/// Requests and their price. The free requests of the account are not subtracted.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct BusyCost {
    /// Requests per message.
    pub requests: f64,
    /// US dollars per month.
    pub usd: f64,
}

impl<'a> BusyMonth<'a> {
    /// Rates that show how the cost of a message depends on the traffic, in messages per second.
    pub const RATES: [f64; 3] = [1.0, 10.0, 100.0];

    /// A number of workers that shows what it costs to share a queue.
    pub const COPIES: u32 = 10;

    /// The forecast for a queue that gets `per_second` messages, for one worker and for `copies`.
    /// Assumes messages at random times, quick handlers and no failures.
    pub fn new(queue: &'a QueueConfig, per_second: f64, copies: u32) -> Self {
        let at_price = |queue: &QueueConfig, copies, price| {
            let requests = requests_per_message(queue, per_second, copies);
            let month = (requests * per_second * MONTH.as_secs_f64()) as u64;
            BusyCost { requests, usd: usd(month, price) }
        };
        let price = queue.price_per_million_usd();
        let cost = |queue: &QueueConfig, copies| at_price(queue, copies, price);
        let is_standard =
            !queue.address().is_fifo() && price == QueueConfig::STANDARD_USD_PER_MILLION;
        let without_gather = queue.to_builder().gather(Duration::ZERO).build();
        let without_gather = without_gather.expect("a gather of 0 is always valid");
        Self {
            queue,
            per_second,
            configured: cost(queue, 1),
            without_gather: cost(&without_gather, 1),
            copies,
            in_copies: cost(queue, copies),
            as_fair_queue: is_standard
                .then(|| at_price(queue, 1, price + QueueConfig::FAIR_USD_PER_MILLION)),
        }
    }
}
