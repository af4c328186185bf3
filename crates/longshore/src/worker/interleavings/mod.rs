//! Tests of locks and notifications under many schedules. `tests/interleavings/run` runs them.

mod breaker;
mod leases;
mod slots;

use std::sync::Arc;

use crate::config::QueueConfig;
use crate::telemetry::{Metrics, QueueMetrics};

std::thread_local! {
    static METRICS: Arc<QueueMetrics> = {
        let config = QueueConfig::builder("orders").build().expect("a valid configuration");
        Metrics::new().register(&config)
    };
}

/// The metrics of a queue. All schedules of a test share them.
fn metrics() -> Arc<QueueMetrics> {
    METRICS.with(Clone::clone)
}
