//! The requests of a month if Longshore consumed the queue.

use longshore::config::QueueConfig;
use longshore::cost::pricing::usd;
use longshore::cost::requests_per_month;
use schemars::JsonSchema;
use serde::Serialize;

use crate::queue::Queue;

/// What one worker of Longshore would request, by the cost model of `longshore check`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Forecast {
    /// Requests a month.
    pub requests: f64,
    /// Their price in US dollars. Null where prices are not in US dollars.
    pub usd: Option<f64>,
}

impl Forecast {
    /// For this traffic, with these settings. `None` without figures. Messages arrive at random times, and
    /// each is received and deleted once.
    pub fn new(queue: &Queue, config: &QueueConfig) -> Option<Self> {
        let usage = queue.usage.as_ref()?;
        let requests = requests_per_month(config, usage.processed_per_second());
        let usd = queue
            .price_per_million_usd()
            .map(|_| usd(requests as u64, config.price_per_million_usd()));
        Some(Self { requests, usd })
    }
}
