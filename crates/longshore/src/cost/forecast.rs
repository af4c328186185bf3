//! Forecast of the requests per message, as arithmetic. It assumes messages at random times, quick
//! handlers and no failures. `cargo bench --bench cost` measures the same.

use std::time::Duration;

use crate::config::QueueConfig;
use crate::limits::BATCH;

/// The assumed time of a request: a round trip within a region.
pub const ROUND_TRIP: Duration = Duration::from_millis(10);

/// Requests per message of a queue that gets `per_second` messages and is shared by `copies` equal
/// workers. Every message is received once and deleted once. A batch has at most `concurrency`
/// messages.
pub fn requests_per_message(queue: &QueueConfig, per_second: f64, copies: u32) -> f64 {
    let rate = per_second / f64::from(copies.max(1));
    let backlog = match queue.backlog_interval() {
        Duration::ZERO => 0.0,
        interval => (1.0 / interval.as_secs_f64() / rate).min(0.01),
    };
    receives(queue, rate) + deletes(queue, rate) + backlog
}

/// After a receive that is not full, a poll loop gathers. It then receives what has arrived, ten at
/// a time. If nothing is left for the last receive, it waits for one more message.
fn receives(queue: &QueueConfig, rate: f64) -> f64 {
    let round_trip = ROUND_TRIP.as_secs_f64();
    if queue.wait().is_zero() {
        return (1.0 / rate / round_trip).max(1.0);
    }
    let batch = queue.concurrency().clamp(1, BATCH);
    // A wait without a message is an empty receive.
    let empty = 1.0 / (rate * queue.wait().as_secs_f64()).exp_m1();
    let expected = rate * (queue.gather().as_secs_f64() + round_trip);
    let (mut receives, mut messages) = (0.0, 0.0);
    for (arrived, likely) in poisson(expected) {
        let waits = arrived % batch == 0;
        receives += likely * ((arrived / batch + 1) as f64 + if waits { empty } else { 0.0 });
        messages += likely * (arrived + usize::from(waits)) as f64;
    }
    receives / messages
}

/// The first delete of a batch lingers. Deletes that arrive meanwhile share its request.
fn deletes(queue: &QueueConfig, rate: f64) -> f64 {
    let followers = poisson(rate * queue.delete_linger().as_secs_f64());
    let size: f64 =
        followers.map(|(followers, likely)| likely * (followers + 1).min(BATCH) as f64).sum();
    1.0 / size
}

/// The Poisson distribution with this mean: numbers of events and their probabilities. Above 500
/// the mean stands for all.
fn poisson(mean: f64) -> impl Iterator<Item = (usize, f64)> {
    let certain = mean > 500.0;
    let most = if certain { 0 } else { (mean + 12.0 * mean.sqrt() + 20.0) as usize };
    let mut likely = (-mean).exp();
    (0..=most).map(move |events| {
        if certain {
            return (mean as usize, 1.0);
        }
        if events > 0 {
            likely *= mean / events as f64;
        }
        (events, likely)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::QueueConfigBuilder;

    fn cost(change: impl Fn(&mut QueueConfigBuilder), per_second: f64, copies: u32) -> f64 {
        let mut queue = QueueConfig::builder("orders");
        change(&mut queue);
        requests_per_message(&queue.build().unwrap(), per_second, copies)
    }

    #[test]
    fn a_busy_queue_takes_a_fifth_of_a_request_per_message() {
        let costs = [1.0, 10.0, 100.0, 10_000.0].map(|rate| cost(|_| (), rate, 1));
        assert!(costs.is_sorted_by(|a, b| a > b), "{costs:?}");
        assert!((0.2..0.21).contains(&costs[3]), "{costs:?}");
    }

    #[test]
    fn without_gather_and_linger_a_message_takes_two_requests() {
        let plain = |queue: &mut QueueConfigBuilder| {
            (queue.gather, queue.delete_linger) = (Some(Duration::ZERO), Duration::ZERO);
            queue.backlog_interval = Duration::ZERO;
        };
        let cost = cost(plain, 0.5, 1);
        assert!((1.99..2.01).contains(&cost), "{cost}");
    }

    #[test]
    fn ten_small_workers_cost_more_than_one_large_worker() {
        assert!(cost(|_| (), 10.0, 10) > 2.0 * cost(|_| (), 10.0, 1));
    }

    #[test]
    fn a_rare_message_pays_for_the_empty_receives_before_it() {
        let cost = cost(|queue| queue.backlog_interval = Duration::ZERO, 1.0 / 60.0, 1);
        // Two and a half waits of 20 s, the receive that brings it, and its delete.
        assert!((4.0..5.0).contains(&cost), "{cost}");
    }

    #[test]
    fn short_polling_costs_one_receive_per_round_trip() {
        let short = |queue: &mut QueueConfigBuilder| {
            (queue.wait, queue.short_polling) = (Duration::ZERO, true);
        };
        assert!(cost(short, 1.0, 1) > 100.0);
    }

    #[test]
    fn extreme_rates_still_have_a_cost() {
        let slow = |queue: &mut QueueConfigBuilder| queue.gather = Some(Duration::from_secs(9));
        let cost = cost(slow, 1e6, 1);
        assert!((0.19..0.21).contains(&cost), "{cost}");
    }
}
