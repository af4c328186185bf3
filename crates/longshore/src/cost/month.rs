//! The requests of a month at any rate of messages.

use super::forecast::requests_per_message;
use super::idle_month::IdleMonth;
use super::pricing::MONTH;
use crate::config::QueueConfig;

/// Requests in a [`MONTH`] of one worker on a queue that gets `per_second` messages: at least those of an
/// idle queue.
pub fn requests_per_month(queue: &QueueConfig, per_second: f64) -> f64 {
    let idle = IdleMonth::new(queue);
    let idle = (idle.configured.receives + idle.attribute_requests) as f64;
    if per_second <= 0.0 {
        return idle;
    }
    let messages = per_second * MONTH.as_secs_f64();
    (messages * requests_per_message(queue, per_second, 1)).max(idle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_costs_at_least_as_much_as_without_messages() {
        let queue = QueueConfig::builder("orders").build().unwrap();
        let idle = requests_per_month(&queue, 0.0);
        assert!((idle - (129_600.0 + 8_640.0 + 2_880.0)).abs() < 1e-9, "{idle}");
        let months = [0.0, 1e-9, 1e-3, 1.0, 100.0].map(|rate| requests_per_month(&queue, rate));
        assert!(months.is_sorted(), "{months:?}");
        // 259 million messages at a fifth of a request.
        assert!((50e6..60e6).contains(&months[4]), "{months:?}");
    }
}
