//! How long handlers ran, by the buckets of the catalogue: the few counts that the page reads back.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::catalog::HANDLER_SECONDS;

/// One for each upper bound, and one for what is above all of them.
const BUCKETS: usize = HANDLER_SECONDS.len() + 1;

/// Running counts since the start.
#[derive(Debug, Default)]
pub(super) struct Distribution([AtomicU64; BUCKETS]);

/// The counts at one moment, or what came between two.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Buckets {
    /// Times in each bucket, not summed up; the last is of those above every bound.
    pub counts: [u64; BUCKETS],
}

impl Distribution {
    pub(super) fn record(&self, time: Duration) {
        let seconds = time.as_secs_f64();
        let bucket = HANDLER_SECONDS.partition_point(|bound| *bound < seconds);
        self.0[bucket].fetch_add(1, Relaxed);
    }

    pub(super) fn snapshot(&self) -> Buckets {
        Buckets { counts: std::array::from_fn(|bucket| self.0[bucket].load(Relaxed)) }
    }
}

impl Buckets {
    /// The upper bounds, in seconds; the last bucket has none.
    pub const BOUNDS: &[f64] = HANDLER_SECONDS;

    /// What has come since an `earlier` snapshot of the same distribution.
    pub fn since(self, earlier: Self) -> Self {
        Self { counts: std::array::from_fn(|bucket| self.counts[bucket] - earlier.counts[bucket]) }
    }

    /// All of them.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The upper bound of the bucket that holds the time which this share did not exceed, which is all
    /// that buckets can tell. `None` where there were none, or where it is above every bound.
    pub fn at_most(&self, share: f64) -> Option<f64> {
        let wanted = (self.count() as f64 * share).ceil().max(1.0) as u64;
        let mut so_far = 0;
        let bucket = self.counts.iter().position(|count| {
            so_far += count;
            so_far >= wanted
        })?;
        Self::BOUNDS.get(bucket).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(milliseconds: &[u64]) -> Buckets {
        let times = Distribution::default();
        milliseconds.iter().for_each(|ms| times.record(Duration::from_millis(*ms)));
        times.snapshot()
    }

    #[test]
    fn a_bound_belongs_to_its_bucket() {
        let buckets = of(&[1, 2, 5, 6, 10_000_000]);
        assert_eq!(buckets.counts[..3], [1, 2, 1]);
        assert_eq!((buckets.counts[BUCKETS - 1], buckets.count()), (1, 5));
    }

    #[test]
    fn a_share_of_the_times_is_at_most_a_bound() {
        assert_eq!(of(&[]).at_most(0.5), None);
        assert_eq!(of(&[3]).at_most(0.5), Some(0.005));
        let mut times = vec![3; 98];
        times.extend([40, 700]);
        assert_eq!(of(&times).at_most(0.5), Some(0.005));
        assert_eq!(of(&times).at_most(0.99), Some(0.05));
        assert_eq!(of(&times).at_most(1.0), Some(1.0));
        assert_eq!(of(&[10_000_000]).at_most(0.5), None, "above every bound");
    }
}
