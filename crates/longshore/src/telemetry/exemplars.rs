//! Exemplars: for each bucket of a histogram, the trace of a recent slow message.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use metrics_exporter_prometheus::formatting::sanitize_label_value;
use opentelemetry::trace::TraceId;

use super::catalog::{self, Kind, Metric};
use super::series::Family;
use crate::label::LabelSet;
use crate::outcome::Ending;
use crate::queue::Delivery;

/// How long a slower message keeps a faster one out.
const KEPT: Duration = Duration::from_secs(60);

/// The exemplars of one queue. Scrapes that ask for OpenMetrics have them.
pub struct QueueExemplars {
    processing: Family<Ending, Exemplars>,
    queue_wait: Family<Delivery, Exemplars>,
}

impl QueueExemplars {
    pub(super) fn new(queue: &str) -> Self {
        Self {
            processing: family(&catalog::PROCESSING_DURATION, queue),
            queue_wait: family(&catalog::QUEUE_WAIT, queue),
        }
    }

    /// A handler of a message of this trace ended.
    pub fn handled(&self, ending: Ending, ran: Duration, trace: TraceId) {
        self.processing.get(ending).observe(ran, trace);
    }

    /// A message of this trace waited this long before its handler started.
    pub fn waited(&self, delivery: Delivery, waited: Duration, trace: TraceId) {
        self.queue_wait.get(delivery).observe(waited, trace);
    }

    /// The exemplars of all series that have one.
    pub(super) fn all(&self) -> impl Iterator<Item = &Exemplars> {
        self.processing.existing().chain(self.queue_wait.existing())
    }
}

impl std::fmt::Debug for QueueExemplars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.all()).finish()
    }
}

fn family<L: LabelSet>(metric: &'static Metric, queue: &str) -> Family<L, Exemplars> {
    let queue = queue.to_owned();
    Family::new(|_| false, move |value| Exemplars::new(metric, &queue, value))
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
    /// For the series of this queue with this value of the metric's other label.
    pub(super) fn new(metric: &'static Metric, queue: &str, value: &str) -> Self {
        let (Kind::Histogram(bounds), [first, second]) = (metric.kind, metric.labels) else {
            unreachable!("only histograms with two labels have exemplars")
        };
        let line = format!(
            "{}_bucket{{{}=\"{}\",{}=\"{value}\",le=\"",
            metric.name,
            first.name,
            sanitize_label_value(queue),
            second.name,
        );
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
    use super::*;
    use crate::telemetry::catalog::PROCESSING_DURATION;

    fn seconds(exemplars: &Exemplars, bound: &str) -> Option<f64> {
        exemplars.of(bound).map(|exemplar| exemplar.seconds)
    }

    #[test]
    fn a_bucket_keeps_its_slowest_recent_message() {
        let exemplars = Exemplars::new(&PROCESSING_DURATION, "a\"b", "done");
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
