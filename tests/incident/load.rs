//! The messages of one cell, and the workers that its autoscaler keeps for them.

use std::collections::VecDeque;
use std::time::Duration;

use fastrand::Rng;
use tokio::time::Instant;

use crate::{CELLS, HOUR};

/// 3 million messages per hour, of the whole fleet.
const MESSAGES_PER_HOUR: f64 = 3e6;
/// In the first half of each hour the rate is higher by this part, in the second half lower.
const WAVE: f64 = 0.3;
/// The workers of a cell while the rate is high, and without an autoscaler at all times.
pub(crate) const MOST_WORKERS: usize = 3;
/// The workers of a cell while the rate is low.
const LEAST_WORKERS: usize = 2;
/// The autoscaler adds a worker in this minute of each hour. It sees the load of the last minutes.
const SCALES_OUT: u64 = 3;
/// The autoscaler removes a worker in this minute. Kubernetes waits 5 minutes before it scales in.
const SCALES_IN: u64 = 36;

/// When messages arrive at `cells` cells: independent of each other, at the rate of the hour's
/// half.
pub(crate) fn arrivals(cells: usize, lasts: Duration, seed: u64) -> VecDeque<Instant> {
    let mut random = Rng::with_seed(seed);
    let mean = MESSAGES_PER_HOUR * cells as f64 / CELLS as f64 / HOUR.as_secs_f64();
    let (begin, mut seconds) = (Instant::now(), 0.0);
    let mut arrivals = VecDeque::new();
    loop {
        // Drawn at the highest rate, and kept as often as the rate of this moment is lower.
        seconds += -(1.0 - random.f64()).ln() / (mean * (1.0 + WAVE));
        if seconds >= lasts.as_secs_f64() {
            return arrivals;
        }
        let is_high = seconds % HOUR.as_secs_f64() < HOUR.as_secs_f64() / 2.0;
        if is_high || random.f64() < (1.0 - WAVE) / (1.0 + WAVE) {
            // In whole milliseconds, because the timers of tokio are.
            arrivals.push_back(begin + Duration::from_millis((seconds * 1e3) as u64));
        }
    }
}

/// The workers that the autoscaler of a cell wants in a minute.
pub(crate) fn workers(minute: u64) -> usize {
    match minute % 60 {
        SCALES_OUT..SCALES_IN => MOST_WORKERS,
        // The first day begins with all.
        _ if minute < SCALES_OUT => MOST_WORKERS,
        _ => LEAST_WORKERS,
    }
}
