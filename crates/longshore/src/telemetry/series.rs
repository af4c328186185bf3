//! Series that are resolved once, at registration: afterwards a label is an index, not a lookup.

use std::marker::PhantomData;
use std::sync::{Arc, OnceLock};

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Level, Metadata, Recorder};
use metrics_exporter_prometheus::formatting::sanitize_label_value;

use super::catalog::{self, Metric};
use crate::label::LabelSet;

pub(super) const METADATA: Metadata<'static> =
    Metadata::new("longshore", Level::INFO, Some("longshore"));

/// Registers a queue's series with a recorder, checked against the catalogue. Cheap to clone.
#[derive(Clone)]
pub(super) struct Registrar {
    recorder: SharedRecorder,
    queue: Arc<str>,
    /// The value of the label `route`, for the metrics that have it.
    route: Option<Arc<str>>,
}

/// A recorder that series which appear later keep.
pub(crate) type SharedRecorder = Arc<dyn Recorder + Send + Sync>;

/// A gauge that appears when its value is known for the first time.
pub(super) struct LateGauge {
    recorder: SharedRecorder,
    key: Key,
}

impl LateGauge {
    /// Registers the gauge if that is necessary, and sets it.
    pub(super) fn set(&self, value: f64) {
        self.recorder.register_gauge(&self.key, &METADATA).set(value);
    }
}

impl Registrar {
    pub(super) fn new(recorder: &SharedRecorder, queue: &str) -> Self {
        Self { recorder: recorder.clone(), queue: queue.into(), route: None }
    }

    /// The same for one route of the queue. `None`: the queue has no routes, and its series no label
    /// `route`.
    pub(super) fn of_route(&self, route: Option<&str>) -> Self {
        Self { route: route.map(Arc::from), ..self.clone() }
    }

    pub(super) fn queue(&self) -> &str {
        &self.queue
    }

    fn key(&self, metric: &'static Metric, rest: &[&'static str]) -> Key {
        let by_route = metric.labels.last().is_some_and(|label| label.name == catalog::ROUTE);
        let expected = metric.labels.len() - usize::from(by_route);
        debug_assert_eq!(expected, rest.len() + 1, "{}", metric.name);
        let queue = metrics::Label::new("queue", self.queue.clone());
        let rest = metric.labels[1..]
            .iter()
            .zip(rest)
            .map(|(label, value)| metrics::Label::from_static_parts(label.name, value));
        let route = self.route.iter().filter(|_| by_route);
        let route = route.map(|route| metrics::Label::new(catalog::ROUTE, route.clone()));
        let labels: Vec<_> = std::iter::once(queue).chain(rest).chain(route).collect();
        Key::from_parts(KeyName::from_const_str(metric.name), labels)
    }

    /// The labels of a series as the exporter writes them, without braces.
    pub(super) fn label_text(&self, metric: &'static Metric, rest: &[&'static str]) -> String {
        let key = self.key(metric, rest);
        let labels = key.labels();
        let written = labels
            .map(|label| format!("{}=\"{}\"", label.key(), sanitize_label_value(label.value())));
        written.collect::<Vec<_>>().join(",")
    }

    /// A series of the process as a whole, which has no `queue` label.
    pub(super) fn process_gauge(&self, metric: &'static Metric, values: &[&'static str]) -> Gauge {
        debug_assert_eq!(metric.labels.len(), values.len(), "{}", metric.name);
        let labels: Vec<_> = metric
            .labels
            .iter()
            .zip(values)
            .map(|(label, value)| metrics::Label::from_static_parts(label.name, value))
            .collect();
        let key = Key::from_parts(KeyName::from_const_str(metric.name), labels);
        self.recorder.register_gauge(&key, &METADATA)
    }

    /// A series that is always 1, with labels whose values SQS has named.
    pub(super) fn info(&self, metric: &'static Metric, values: &[&str]) {
        self.recorder.register_gauge(&self.named_key(metric, values), &METADATA).set(1.0);
    }

    /// A counter of the process as a whole.
    pub(super) fn process_counter(&self, metric: &'static Metric) -> Counter {
        debug_assert!(metric.labels.is_empty(), "{}", metric.name);
        self.recorder.register_counter(&Key::from_static_name(metric.name), &METADATA)
    }

    pub(super) fn counter(&self, metric: &'static Metric, rest: &[&'static str]) -> Counter {
        self.recorder.register_counter(&self.key(metric, rest), &METADATA)
    }

    pub(super) fn gauge(&self, metric: &'static Metric, rest: &[&'static str]) -> Gauge {
        self.recorder.register_gauge(&self.key(metric, rest), &METADATA)
    }

    pub(super) fn late_gauge(&self, metric: &'static Metric, rest: &[&'static str]) -> LateGauge {
        LateGauge { recorder: self.recorder.clone(), key: self.key(metric, rest) }
    }

    pub(super) fn histogram(&self, metric: &'static Metric, rest: &[&'static str]) -> Histogram {
        self.recorder.register_histogram(&self.key(metric, rest), &METADATA)
    }

    pub(super) fn counters<L: LabelSet>(
        &self,
        metric: &'static Metric,
        from_start: impl Fn(L) -> bool,
    ) -> Family<L, Counter> {
        let registrar = self.clone();
        Family::new(from_start, move |value| registrar.counter(metric, &[value]))
    }

    pub(super) fn gauges<L: LabelSet>(
        &self,
        metric: &'static Metric,
        from_start: impl Fn(L) -> bool,
    ) -> Family<L, Gauge> {
        let registrar = self.clone();
        Family::new(from_start, move |value| registrar.gauge(metric, &[value]))
    }

    pub(super) fn histograms<L: LabelSet>(
        &self,
        metric: &'static Metric,
        from_start: impl Fn(L) -> bool,
    ) -> Family<L, Histogram> {
        let registrar = self.clone();
        Family::new(from_start, move |value| registrar.histogram(metric, &[value]))
    }

    /// Counters with a label whose value is configured, and one with a closed set.
    pub(super) fn named_counters<L: LabelSet>(
        &self,
        metric: &'static Metric,
        name: &str,
    ) -> Family<L, Counter> {
        let (registrar, name) = (self.clone(), name.to_owned());
        Family::new(all, move |value| {
            let key = registrar.named_key(metric, &[&name, value]);
            registrar.recorder.register_counter(&key, &METADATA)
        })
    }

    /// A gauge with a label whose value is configured. It appears when its value is known.
    pub(super) fn named_late_gauge(&self, metric: &'static Metric, name: &str) -> LateGauge {
        LateGauge { recorder: self.recorder.clone(), key: self.named_key(metric, &[name]) }
    }

    fn named_key(&self, metric: &'static Metric, values: &[&str]) -> Key {
        debug_assert_eq!(metric.labels.len(), values.len() + 1, "{}", metric.name);
        let queue = metrics::Label::new("queue", self.queue.clone());
        let rest = metric.labels[1..].iter().zip(values);
        let rest = rest.map(|(label, value)| metrics::Label::new(label.name, (*value).to_owned()));
        let labels: Vec<_> = std::iter::once(queue).chain(rest).collect();
        Key::from_parts(KeyName::from_const_str(metric.name), labels)
    }

    /// Counters of two labels: a family for each value of the first one.
    pub(super) fn counters_by<A: LabelSet, B: LabelSet>(
        &self,
        metric: &'static Metric,
        from_start: impl Fn(A, B) -> bool,
    ) -> Vec<Family<B, Counter>> {
        let family = |first: &A| {
            let (registrar, name) = (self.clone(), first.as_str());
            let register = move |value| registrar.counter(metric, &[name, value]);
            Family::new(|second| from_start(*first, second), register)
        };
        A::ALL.iter().map(family).collect()
    }
}

/// For a label whose values all have their series from the start.
pub(super) fn all<L>(_: L) -> bool {
    true
}

type Register<S> = Box<dyn Fn(&'static str) -> S + Send + Sync>;

/// One series for each value of a label. [`Possible`](super::possible::Possible) decides which exist
/// from the start. Any other appears when it occurs, so that no event is lost.
pub(super) struct Family<L, S> {
    series: Box<[OnceLock<S>]>,
    register: Register<S>,
    label: PhantomData<L>,
}

impl<L: LabelSet, S> Family<L, S> {
    pub(super) fn new(
        from_start: impl Fn(L) -> bool,
        register: impl Fn(&'static str) -> S + Send + Sync + 'static,
    ) -> Self {
        let series = L::ALL.iter().map(|_| OnceLock::new()).collect();
        let family = Self { series, register: Box::new(register), label: PhantomData };
        for value in L::ALL.iter().filter(|value| from_start(**value)) {
            family.get(*value);
        }
        family
    }

    /// The series that exist.
    pub(super) fn existing(&self) -> impl Iterator<Item = &S> {
        self.series.iter().filter_map(OnceLock::get)
    }

    pub(super) fn get(&self, value: L) -> &S {
        self.series[value.index()].get_or_init(|| (self.register)(value.as_str()))
    }
}
