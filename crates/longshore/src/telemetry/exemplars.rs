//! Exemplars: for each bucket of a histogram, the trace of a recent slow message.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::TraceId;

use super::catalog::{self, Kind, Metric};
use super::series::{Family, Registrar};
use crate::queue::Delivery;

/// How long a slower message keeps a faster one out.
const KEPT: Duration = Duration::from_secs(60);

/// The exemplars of the waits of one queue. Scrapes that ask for OpenMetrics have them.
pub struct QueueExemplars {
    queue_wait: Family<Delivery, Exemplars>,
}

impl QueueExemplars {
    pub(super) fn new(r: &Registrar) -> Self {
        let r = r.clone();
        let new = move |delivery| Exemplars::new(&catalog::QUEUE_WAIT, &r, delivery);
        Self { queue_wait: Family::new(|_| false, new) }
    }

    /// A message of this trace waited this long before its handler started.
    pub fn waited(&self, delivery: Delivery, waited: Duration, trace: TraceId) {
        self.queue_wait.get(delivery).observe(waited, trace);
    }

    /// The exemplars of all series that have one.
    pub(super) fn all(&self) -> impl Iterator<Item = &Exemplars> {
        self.queue_wait.existing()
    }
}

impl std::fmt::Debug for QueueExemplars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.all()).finish()
    }
}

/// One message of a bucket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exemplar {
    pub(super) trace: TraceId,
    pub(super) seconds: f64,
    pub(super) at: SystemTime,
}

/// The exemplars of one series, one for each bucket.
#[derive(Debug)]
pub(super) struct Exemplars {
    /// A line of a bucket, as the exporter writes it, up to the bound.
    line: String,
    bounds: &'static [f64],
    buckets: Box<[Mutex<Option<Exemplar>>]>,
}

impl Exemplars {
    /// For the series with this value of the metric's label after `queue`.
    pub(super) fn new(metric: &'static Metric, r: &Registrar, value: &'static str) -> Self {
        let Kind::Histogram(bounds) = metric.kind else {
            unreachable!("only histograms have exemplars")
        };
        let line = format!("{}_bucket{{{},le=\"", metric.name, r.label_text(metric, &[value]));
        Self { line, bounds, buckets: (0..=bounds.len()).map(|_| Mutex::default()).collect() }
    }

    /// A message of this trace took this long.
    pub(super) fn observe(&self, took: Duration, trace: TraceId) {
        let new = Exemplar { trace, seconds: took.as_secs_f64(), at: SystemTime::now() };
        let bucket = self.bounds.partition_point(|bound| *bound < new.seconds);
        let mut kept = lock(&self.buckets[bucket]);
        if kept.is_none_or(|old| new.replaces(old)) {
            *kept = Some(new);
        }
    }

    pub(super) fn line(&self) -> &str {
        &self.line
    }

    /// The exemplar of the bucket with this upper bound, as the exporter writes it.
    pub(super) fn of(&self, bound: &str) -> Option<Exemplar> {
        let bound: f64 = bound.parse().ok()?;
        let bucket = self.bounds.partition_point(|smaller| *smaller < bound);
        *lock(self.buckets.get(bucket)?)
    }
}

impl Exemplar {
    fn replaces(self, old: Self) -> bool {
        let is_old = self.at.duration_since(old.at).is_ok_and(|age| age >= KEPT);
        is_old || self.seconds >= old.seconds
    }
}

fn lock(bucket: &Mutex<Option<Exemplar>>) -> std::sync::MutexGuard<'_, Option<Exemplar>> {
    bucket.lock().expect("no code panics while it holds this lock")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::telemetry::catalog::PROCESSING_DURATION;
    use crate::telemetry::series::SharedRecorder;

    fn recorder() -> SharedRecorder {
        Arc::new(metrics::NoopRecorder)
    }

    fn seconds(exemplars: &Exemplars, bound: &str) -> Option<f64> {
        exemplars.of(bound).map(|exemplar| exemplar.seconds)
    }

    #[test]
    fn a_bucket_keeps_its_slowest_recent_message() {
        let registrar = Registrar::new(&recorder(), "a\"b");
        let exemplars = Exemplars::new(&PROCESSING_DURATION, &registrar, "done");
        assert!(exemplars.line().ends_with("{queue=\"a\\\"b\",outcome=\"done\",le=\""));
        for (trace, milliseconds) in [(1, 300), (2, 900), (3, 400), (4, 1000), (5, 2_000_000)] {
            exemplars.observe(Duration::from_millis(milliseconds), TraceId::from(trace));
        }
        assert_eq!(seconds(&exemplars, "0.25"), None);
        assert_eq!(seconds(&exemplars, "1"), Some(1.0), "a bound belongs to its bucket");
        assert_eq!(exemplars.of("1").unwrap().trace, TraceId::from(4));
        assert_eq!(seconds(&exemplars, "5"), None);
        assert_eq!(seconds(&exemplars, "+Inf"), Some(2000.0));
    }

    #[test]
    fn a_faster_message_replaces_one_that_is_a_minute_old() {
        let at = SystemTime::UNIX_EPOCH;
        let old = Exemplar { trace: TraceId::from(1), seconds: 2.0, at };
        let after = |age| Exemplar { seconds: 1.0, at: at + Duration::from_secs(age), ..old };
        assert!(!after(59).replaces(old));
        assert!(after(60).replaces(old));
    }
}
