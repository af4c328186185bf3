//! How long the handlers of a queue ran.

use schemars::JsonSchema;
use serde::Serialize;

use super::rounding::whole_seconds;
use crate::telemetry::{Buckets, Figures, Past};

/// How long handlers ran, by the last hour.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct LatencyReport {
    /// Seconds of the hour that this process has seen.
    pub covered_seconds: f64,
    /// Handlers that ended.
    pub count: u64,
    /// p50 in seconds: an upper bound of a bucket. Null without handlers, or if it is above every
    /// bound.
    pub half_within_seconds: Option<f64>,
    /// p99 in seconds, in the same way.
    pub most_within_seconds: Option<f64>,
    /// The buckets of `longshore_processing_duration_seconds`, not cumulative.
    pub buckets: Vec<BucketReport>,
}

/// One bucket.
#[derive(Debug, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct BucketReport {
    /// The upper bound in seconds. Null for the last bucket, which has none.
    pub at_most_seconds: Option<f64>,
    /// Handlers in this bucket.
    pub count: u64,
}

impl LatencyReport {
    pub(super) fn new(figures: &Figures) -> Self {
        let Past { events, covered } = figures.handled();
        let bounds = Buckets::BOUNDS.iter().copied().map(Some).chain([None]);
        let bucket = |(at_most_seconds, count)| BucketReport { at_most_seconds, count };
        Self {
            covered_seconds: whole_seconds(covered),
            count: events.count(),
            half_within_seconds: events.quantile(0.5),
            most_within_seconds: events.quantile(0.99),
            buckets: bounds.zip(events.counts).map(bucket).collect(),
        }
    }
}
