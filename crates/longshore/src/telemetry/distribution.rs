//! How long handlers ran, by the buckets of the catalog.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use super::catalog::HANDLER_SECONDS;

/// One for each upper bound, and one above all of them.
const BUCKETS: usize = HANDLER_SECONDS.len() + 1;

/// Running counts since the start.
#[derive(Debug, Default)]
pub(super) struct Distribution([AtomicU64; BUCKETS]);

/// The counts at one moment, or between two moments.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Buckets {
    /// Observations in each bucket, not cumulative. The last bucket is above every bound.
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

    /// The observations since an `earlier` snapshot of the same distribution.
    pub fn since(self, earlier: Self) -> Self {
        Self { counts: std::array::from_fn(|bucket| self.counts[bucket] - earlier.counts[bucket]) }
    }

    /// All observations.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The upper bound, in seconds, of the bucket with this quantile (0 to 1). `None` without
    /// observations, or if the quantile is above every bound.
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let wanted = (self.count() as f64 * quantile).ceil().max(1.0) as u64;
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

    fn buckets(milliseconds: &[u64]) -> Buckets {
        let times = Distribution::default();
        milliseconds.iter().for_each(|ms| times.record(Duration::from_millis(*ms)));
        times.snapshot()
    }

    #[test]
    fn an_upper_bound_belongs_to_its_bucket() {
        let buckets = buckets(&[1, 2, 5, 6, 10_000_000]);
        assert_eq!(buckets.counts[..3], [1, 2, 1]);
        assert_eq!((buckets.counts[BUCKETS - 1], buckets.count()), (1, 5));
    }

    #[test]
    fn a_quantile_is_an_upper_bound() {
        assert_eq!(buckets(&[]).quantile(0.5), None);
        assert_eq!(buckets(&[3]).quantile(0.5), Some(0.005));
        let mut times = vec![3; 98];
        times.extend([40, 700]);
        assert_eq!(buckets(&times).quantile(0.5), Some(0.005));
        assert_eq!(buckets(&times).quantile(0.99), Some(0.05));
        assert_eq!(buckets(&times).quantile(1.0), Some(1.0));
        assert_eq!(buckets(&[10_000_000]).quantile(0.5), None, "above every bound");
    }
}
