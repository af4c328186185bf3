//! When orders come: in bursts, with quiet between. Seeded, so that both acts see the very same ones.

use std::time::Duration;

/// Any seed would do; this one begins neither with a flood nor with silence.
const SEED: u64 = 380;

/// Orders that come at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Burst {
    /// When, from the beginning of the act.
    pub(super) at: Duration,
    pub(super) orders: usize,
}

/// Bursts without end, in order.
#[derive(Debug)]
pub(super) struct Traffic {
    random: fastrand::Rng,
    at: Duration,
}

impl Traffic {
    pub(super) fn new() -> Self {
        Self { random: fastrand::Rng::with_seed(SEED), at: Duration::ZERO }
    }
}

impl Iterator for Traffic {
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
    fn both_acts_see_the_same_orders() {
        let bursts = || Traffic::new().take(1_000).collect::<Vec<_>>();
        assert_eq!(bursts(), bursts());
    }

    #[test]
    fn even_the_shortest_act_has_orders_and_none_has_a_flood() {
        let within = |milliseconds| {
            let until = Duration::from_millis(milliseconds);
            let bursts = Traffic::new().take_while(|burst| burst.at < until);
            bursts.map(|burst| burst.orders).sum::<usize>()
        };
        assert!(within(500) > 0);
        assert!((30..200).contains(&within(15_000)), "{}", within(15_000));
    }

    #[test]
    fn orders_are_sparse_and_now_and_then_many() {
        let bursts: Vec<_> = Traffic::new().take(1_000).collect();
        let orders: usize = bursts.iter().map(|burst| burst.orders).sum();
        let a_second = orders as f64 / bursts[999].at.as_secs_f64();
        assert!((2.0..8.0).contains(&a_second), "{a_second}");
        assert!(bursts.iter().any(|burst| burst.orders > 10));
        assert!(bursts.is_sorted_by_key(|burst| burst.at));
    }
}
