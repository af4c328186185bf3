//! What working a queue costs, by how busy it is, and what would change that.

use std::time::Duration;

use longshore::config::QueueConfig;

use crate::settings::Config;
use longshore::cost::forecast::requests_per_message;
use longshore::cost::pricing::{MONTH, usd};

/// How busy a queue may be, in messages a second.
const RATES: [f64; 3] = [1.0, 10.0, 100.0];
/// Copies of a worker that share a queue where one would do.
pub(super) const COPIES: u32 = 10;

/// One queue at one rate.
pub(super) struct Working<'a> {
    pub(super) queue: &'a QueueConfig,
    pub(super) per_second: f64,
    /// As it is configured.
    pub(super) configured: Cost,
    /// With `gather = "0s"`.
    pub(super) without_gather: Cost,
    /// With [`COPIES`] of this worker on the queue.
    pub(super) in_copies: Cost,
}

/// Requests a message, and their price in a month, the free ones not taken off.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cost {
    pub(super) requests: f64,
    pub(super) usd: f64,
}

/// Each queue at each rate.
pub(super) fn months(config: &Config) -> Vec<Working<'_>> {
    let at_each_rate = |queue| RATES.map(|rate| working(queue, rate));
    config.queues.iter().flat_map(at_each_rate).collect()
}

fn working(queue: &QueueConfig, per_second: f64) -> Working<'_> {
    let cost = |queue: &QueueConfig, copies| {
        let requests = requests_per_message(queue, per_second, copies);
        let month = (requests * per_second * MONTH.as_secs_f64()) as u64;
        Cost { requests, usd: usd(month, queue.price_per_million_usd) }
    };
    let eager = QueueConfig { gather: Duration::ZERO, ..queue.clone() };
    Working {
        queue,
        per_second,
        configured: cost(queue, 1),
        without_gather: cost(&eager, 1),
        in_copies: cost(queue, COPIES),
    }
}
