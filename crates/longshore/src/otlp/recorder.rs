//! The metrics of the catalog as OpenTelemetry instruments with the same names. Values for
//! Prometheus pass through this recorder. Counters and gauges are read when they are pushed;
//! histograms count immediately.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use opentelemetry::KeyValue;
use opentelemetry::metrics::{BoundHistogram, Meter};

use super::config::MetricNames;
use crate::telemetry::catalog::{self, Kind};
use crate::telemetry::{BoxedRecorder, messaging};

/// A recorder that feeds instruments and another recorder.
pub(super) struct OtlpRecorder {
    meter: Meter,
    names: MetricNames,
    other: BoxedRecorder,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    helps: HashMap<String, String>,
    counters: HashMap<String, Family>,
    gauges: HashMap<String, Family>,
    histograms: HashMap<String, opentelemetry::metrics::Histogram<f64>>,
}

/// The series of one metric.
type Family = Arc<Mutex<HashMap<Key, Arc<Cell>>>>;

/// One series, as its instrument reads it. The value of a gauge is stored as bits.
struct Cell {
    attributes: Vec<KeyValue>,
    value: AtomicU64,
}

struct CounterCell {
    cell: Arc<Cell>,
    other: Counter,
}

struct GaugeCell {
    cell: Arc<Cell>,
    other: Gauge,
}

struct HistogramCell {
    /// Bound, because the SDK pushes a bound histogram before its first observation.
    histogram: BoundHistogram<f64>,
    other: Histogram,
}

impl OtlpRecorder {
    pub(super) fn new(meter: Meter, names: MetricNames, other: BoxedRecorder) -> Self {
        Self { meter, names, other, state: Mutex::default() }
    }

    /// Whether the metric is pushed. Those of the conventions exist only if they are.
    fn is_pushed(&self, key: &Key) -> bool {
        self.names != MetricNames::Semconv || is_messaging(key.name())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds this lock")
    }

    fn describe(&self, name: &KeyName, help: &SharedString) {
        self.lock().helps.insert(name.as_str().to_owned(), help.to_string());
    }
}

impl State {
    fn help(&self, name: &str) -> String {
        self.helps.get(name).cloned().unwrap_or_default()
    }
}

impl Recorder for OtlpRecorder {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, help: SharedString) {
        self.describe(&name, &help);
        if !is_messaging(name.as_str()) {
            self.other.describe_counter(name, unit, help);
        }
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, help: SharedString) {
        self.describe(&name, &help);
        self.other.describe_gauge(name, unit, help);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, help: SharedString) {
        self.describe(&name, &help);
        if !is_messaging(name.as_str()) {
            self.other.describe_histogram(name, unit, help);
        }
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        if !self.is_pushed(key) {
            return self.other.register_counter(key, metadata);
        }
        let mut state = self.lock();
        if !state.counters.contains_key(key.name()) {
            let family = Family::default();
            let (name, read) = (key.name().to_owned(), family.clone());
            let builder = self.meter.u64_observable_counter(name.clone());
            builder
                .with_description(state.help(&name))
                .with_unit(unit(&name))
                .with_callback(move |observer| {
                    each(&read, |cell| {
                        observer.observe(cell.value.load(Relaxed), &cell.attributes)
                    });
                })
                .build();
            state.counters.insert(name, family);
        }
        let cell = cell(&state.counters[key.name()], key);
        let other = match is_messaging(key.name()) {
            true => Counter::noop(),
            false => self.other.register_counter(key, metadata),
        };
        Counter::from_arc(Arc::new(CounterCell { cell, other }))
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        if !self.is_pushed(key) {
            return self.other.register_gauge(key, metadata);
        }
        let mut state = self.lock();
        if !state.gauges.contains_key(key.name()) {
            let family = Family::default();
            let (name, read) = (key.name().to_owned(), family.clone());
            let builder = self.meter.f64_observable_gauge(name.clone());
            builder
                .with_description(state.help(&name))
                .with_unit(unit(&name))
                .with_callback(move |observer| {
                    each(&read, |cell| {
                        observer
                            .observe(f64::from_bits(cell.value.load(Relaxed)), &cell.attributes);
                    });
                })
                .build();
            state.gauges.insert(name, family);
        }
        let cell = cell(&state.gauges[key.name()], key);
        let other = self.other.register_gauge(key, metadata);
        Gauge::from_arc(Arc::new(GaugeCell { cell, other }))
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        if !self.is_pushed(key) {
            return self.other.register_histogram(key, metadata);
        }
        let mut state = self.lock();
        let help = state.help(key.name());
        let histogram = state.histograms.entry(key.name().to_owned()).or_insert_with(|| {
            let builder = self.meter.f64_histogram(key.name().to_owned()).with_description(help);
            builder.with_unit(unit(key.name())).build()
        });
        let histogram = histogram.bind(&attributes(key));
        let other = match is_messaging(key.name()) {
            true => Histogram::noop(),
            false => self.other.register_histogram(key, metadata),
        };
        Histogram::from_arc(Arc::new(HistogramCell { histogram, other }))
    }
}

fn cell(family: &Family, key: &Key) -> Arc<Cell> {
    let mut family = family.lock().expect("no code panics while it holds this lock");
    let new = || Arc::new(Cell { attributes: attributes(key), value: AtomicU64::new(0) });
    family.entry(key.clone()).or_insert_with(new).clone()
}

fn each(family: &Family, read: impl Fn(&Cell)) {
    let family = family.lock().expect("no code panics while it holds this lock");
    family.values().for_each(|cell| read(cell));
}

fn attributes(key: &Key) -> Vec<KeyValue> {
    let label = |label: &metrics::Label| match label.value().parse::<i64>() {
        // The only attribute that is a number. Others can look like one, such as an account.
        Ok(port) if label.key() == "server.port" => KeyValue::new("server.port", port),
        _ => KeyValue::new(label.key().to_owned(), label.value().to_owned()),
    };
    key.labels().map(label).collect()
}

/// Whether the metric is one of OpenTelemetry's conventions, which are not scraped.
fn is_messaging(name: &str) -> bool {
    name.starts_with(messaging::PREFIX)
}

/// The unit of a metric. A collector that converts names for Prometheus adds the suffix of the unit
/// only if it is missing.
fn unit(name: &str) -> &'static str {
    if is_messaging(name) {
        return if name.ends_with(".messages") { "{message}" } else { "s" };
    }
    let name = name.strip_suffix("_total").unwrap_or(name);
    match name.rsplit('_').next() {
        Some("seconds") => "s",
        Some("bytes") => "By",
        Some("ratio") => "1",
        Some(_) | None => "",
    }
}

/// The upper bounds of the buckets of a histogram.
pub(super) fn bounds(name: &str) -> Vec<f64> {
    if is_messaging(name) {
        return messaging::SECONDS.to_vec();
    }
    let declared = catalog::ALL.iter().find(|metric| metric.name == name);
    match declared.map(|metric| metric.kind) {
        Some(Kind::Histogram(buckets)) => buckets.to_vec(),
        Some(Kind::Counter | Kind::Gauge) | None => Vec::new(),
    }
}

impl CounterFn for CounterCell {
    fn increment(&self, value: u64) {
        self.cell.value.fetch_add(value, Relaxed);
        self.other.increment(value);
    }

    fn absolute(&self, value: u64) {
        self.cell.value.fetch_max(value, Relaxed);
        self.other.absolute(value);
    }
}

impl GaugeFn for GaugeCell {
    fn increment(&self, value: f64) {
        self.change(|now| now + value);
        self.other.increment(value);
    }

    fn decrement(&self, value: f64) {
        self.change(|now| now - value);
        self.other.decrement(value);
    }

    fn set(&self, value: f64) {
        self.cell.value.store(value.to_bits(), Relaxed);
        self.other.set(value);
    }
}

impl GaugeCell {
    fn change(&self, change: impl Fn(f64) -> f64) {
        let changed = |bits| Some(change(f64::from_bits(bits)).to_bits());
        // It never fails, because the closure always returns a value.
        self.cell.value.fetch_update(Relaxed, Relaxed, changed).ok();
    }
}

impl HistogramFn for HistogramCell {
    fn record(&self, value: f64) {
        self.histogram.record(value);
        self.other.record(value);
    }
}
