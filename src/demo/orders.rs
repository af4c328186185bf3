//! The demo's traffic: bursts of orders with pauses between them, and the producer that sends them.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use longshore::queue::{BATCH, QueueError, Sender};
use longshore::worker::Stop;

/// With this seed, the traffic starts neither with a large burst nor with a long pause.
const SEED: u64 = 380;

/// Sends orders until `limit` has passed (`None`: no limit) or `stop` begins. A request that was
/// sent is awaited. `sent` counts the orders that the queue has accepted.
pub(super) async fn send_orders(
    sender: &Sender,
    limit: Option<Duration>,
    sent: &AtomicU64,
    stop: &Stop,
) -> Result<(), QueueError> {
    let began = Instant::now();
    let mut number: u64 = 0;
    for burst in Bursts::new() {
        if limit.is_some_and(|limit| burst.at >= limit) {
            break;
        }
        tokio::select! {
            () = sleep_until(began + burst.at) => {}
            () = stop.begun() => break,
        }
        let bodies: Vec<String> =
            (1..).take(burst.orders).map(|n| (number + n).to_string()).collect();
        number += bodies.len() as u64;
        send(sender, &bodies, sent).await?;
    }
    Ok(())
}

/// Sends these orders. `sent` counts those that the queue has accepted.
pub(super) async fn send(
    sender: &Sender,
    bodies: &[String],
    sent: &AtomicU64,
) -> Result<(), QueueError> {
    for batch in bodies.chunks(BATCH) {
        let refused = sender.send_batch(batch).await?;
        sent.fetch_add((batch.len() - refused.len()) as u64, Relaxed);
    }
    Ok(())
}

/// Orders that are sent at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Burst {
    /// The time since the start of the act.
    at: Duration,
    orders: usize,
}

/// An infinite sequence of bursts, in the order of their times. It is seeded, so both polling acts get
/// the same orders.
#[derive(Debug)]
struct Bursts {
    random: fastrand::Rng,
    at: Duration,
}

impl Bursts {
    fn new() -> Self {
        Self { random: fastrand::Rng::with_seed(SEED), at: Duration::ZERO }
    }
}

impl Iterator for Bursts {
    type Item = Burst;

    fn next(&mut self) -> Option<Burst> {
        let random = &mut self.random;
        self.at += Duration::from_millis(random.u64(150..2_000));
        let orders = match random.u8(0..100) {
            0..70 => random.usize(1..=3),
            70..92 => random.usize(4..=9),
            92.. => random.usize(15..=30),
        };
        Some(Burst { at: self.at, orders })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_acts_get_the_same_orders() {
        let bursts = || Bursts::new().take(1_000).collect::<Vec<_>>();
        assert_eq!(bursts(), bursts());
    }

    #[test]
    fn the_shortest_act_has_orders_and_15_seconds_have_less_than_200() {
        let orders_within = |milliseconds| {
            let until = Duration::from_millis(milliseconds);
            let bursts = Bursts::new().take_while(|burst| burst.at < until);
            bursts.map(|burst| burst.orders).sum::<usize>()
        };
        assert!(orders_within(500) > 0);
        assert!((30..200).contains(&orders_within(15_000)), "{}", orders_within(15_000));
    }

    #[test]
    fn traffic_is_sparse_with_a_few_large_bursts() {
        let bursts: Vec<_> = Bursts::new().take(1_000).collect();
        let orders: usize = bursts.iter().map(|burst| burst.orders).sum();
        let per_second = orders as f64 / bursts[999].at.as_secs_f64();
        assert!((2.0..8.0).contains(&per_second), "{per_second}");
        assert!(bursts.iter().any(|burst| burst.orders > 10));
        assert!(bursts.is_sorted_by_key(|burst| burst.at));
    }
}
