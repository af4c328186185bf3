//! How long handlers ran, for the report and the status page. Their buckets are finer than the ones
//! of the metric, because they cost no series.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// From handlers of 1 ms to handlers of 15 minutes. Every bound of the metric is one of them.
const BOUNDS: &[f64] = &[
    0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0,
];

/// One for each upper bound, and one above all of them.
const BUCKETS: usize = BOUNDS.len() + 1;

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
        let bucket = BOUNDS.partition_point(|bound| *bound < seconds);
        self.0[bucket].fetch_add(1, Relaxed);
    }

    pub(super) fn snapshot(&self) -> Buckets {
        Buckets { counts: std::array::from_fn(|bucket| self.0[bucket].load(Relaxed)) }
    }
}

impl Buckets {
    /// The upper bounds, in seconds; the last bucket has none.
    pub const BOUNDS: &[f64] = BOUNDS;

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
    use crate::telemetry::catalog::{Kind, PROCESSING_DURATION};

    fn buckets(milliseconds: &[u64]) -> Buckets {
        let times = Distribution::default();
        milliseconds.iter().for_each(|ms| times.record(Duration::from_millis(*ms)));
        times.snapshot()
    }

    #[test]
    fn every_bound_of_the_metric_is_a_bound() {
        let Kind::Histogram(exported) = PROCESSING_DURATION.kind else { panic!("no histogram") };
        assert!(exported.iter().all(|bound| BOUNDS.contains(bound)), "{exported:?}");
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
