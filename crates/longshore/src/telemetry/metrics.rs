//! The metrics of one worker: a recorder of its own, so that two workers in one process do not
//! share series, and the rendering for Prometheus.

use std::sync::{Arc, Mutex, OnceLock};

use metrics::{Counter, Gauge, Recorder};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use metrics_process::Collector;

use super::catalog::{self, Kind};
use super::exposition;
use super::messaging::Messaging;
use super::openmetrics;
use super::possible::Possible;
use super::queue_metrics::QueueMetrics;
use super::route_metrics::{RouteEnds, RouteMetrics};
use super::series::{Registrar, SharedRecorder};
use crate::config::QueueConfig;

pub(crate) type BoxedRecorder = Box<dyn Recorder + Send + Sync>;

/// All metrics of one worker. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    shared: Arc<Shared>,
}

/// Returns the number of log lines that were dropped since the start of the process.
type LogLoss = Box<dyn Fn() -> u64 + Send + Sync>;

struct Shared {
    recorder: SharedRecorder,
    /// Whether queues also have the metrics of OpenTelemetry's conventions.
    messaging: bool,
    handle: PrometheusHandle,
    process: Collector,
    draining: Gauge,
    last_scrape_pending: Gauge,
    log_lines_dropped: Counter,
    log_loss: OnceLock<LogLoss>,
    queues: Mutex<Vec<Arc<QueueMetrics>>>,
}

/// Histograms of `metrics-util` 0.20 do not free the values that nothing has read.
impl Drop for Shared {
    fn drop(&mut self) {
        self.handle.run_upkeep();
    }
}

impl Metrics {
    /// A recorder with every process-wide series registered.
    pub fn new() -> Self {
        let prometheus = recorder();
        let handle = prometheus.handle();
        Self::recorded_by(Box::new(prometheus), handle, false)
    }

    /// The same, with a recorder around the one for Prometheus. With `messaging`, it also gets the
    /// metrics of OpenTelemetry's conventions, and must not pass them on.
    #[cfg(feature = "otlp")]
    pub(crate) fn recorded_through(
        messaging: bool,
        wrap: impl FnOnce(BoxedRecorder) -> BoxedRecorder,
    ) -> Self {
        let prometheus = recorder();
        let handle = prometheus.handle();
        Self::recorded_by(wrap(Box::new(prometheus)), handle, messaging)
    }

    fn recorded_by(recorder: BoxedRecorder, handle: PrometheusHandle, messaging: bool) -> Self {
        let recorder: SharedRecorder = Arc::from(recorder);
        describe(&*recorder);
        if messaging {
            Messaging::describe(&*recorder);
        }
        let process = Collector::default();
        metrics::with_local_recorder(&*recorder, || process.describe());
        let registrar = Registrar::new(&recorder, "");
        registrar.process_gauge(&catalog::BUILD_INFO, &[env!("CARGO_PKG_VERSION")]).set(1);
        let draining = registrar.process_gauge(&catalog::DRAINING, &[]);
        let last_scrape_pending = registrar.process_gauge(&catalog::LAST_SCRAPE_PENDING, &[]);
        let log_lines_dropped = registrar.process_counter(&catalog::LOG_LINES_DROPPED);
        let shared = Shared {
            recorder,
            messaging,
            handle,
            process,
            draining,
            last_scrape_pending,
            log_lines_dropped,
            log_loss: OnceLock::new(),
            queues: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Registers the series of a queue that alerts and objectives count, at zero, and sets the gauges
    /// of its configuration.
    pub fn register(&self, config: &QueueConfig) -> Arc<QueueMetrics> {
        self.register_with(config, &[RouteEnds::any()])
    }

    /// The same, for routes whose calls end only like this. A queue without routes has one.
    pub(crate) fn register_with(
        &self,
        config: &QueueConfig,
        routes: &[RouteEnds<'_>],
    ) -> Arc<QueueMetrics> {
        let registrar = Registrar::new(&self.shared.recorder, config.name());
        let possible = Possible::new(config, routes);
        let messaging =
            self.shared.messaging.then(|| Messaging::new(&self.shared.recorder, config.name()));
        let routes = routes.iter().map(|route| RouteMetrics::register(&registrar, route));
        let routes = routes.collect();
        let queue = QueueMetrics::register(&registrar, config, &possible, routes, messaging);
        let queue = Arc::new(queue);
        self.lock_queues().push(queue.clone());
        queue
    }

    /// All work has ended: the next scrape or push has the final values.
    pub fn last_scrape_pending(&self) {
        self.shared.last_scrape_pending.set(1);
    }

    /// Sets the source of `longshore_log_lines_dropped_total`: the number of log lines that this
    /// process has dropped since its start. Default: none, and the counter stays at zero. A second
    /// call has no effect.
    pub fn log_lines_dropped(&self, total: impl Fn() -> u64 + Send + Sync + 'static) {
        self.shared.log_loss.get_or_init(|| Box::new(total));
    }

    /// The metrics of a registered queue.
    pub fn queue(&self, name: &str) -> Option<Arc<QueueMetrics>> {
        self.lock_queues().iter().find(|queue| queue.queue() == name).cloned()
    }

    /// The queues registered so far.
    pub fn queues(&self) -> Vec<Arc<QueueMetrics>> {
        self.lock_queues().clone()
    }

    pub(super) fn registrar(&self, queue: &str) -> Registrar {
        Registrar::new(&self.shared.recorder, queue)
    }

    /// Reports whether the worker drains.
    pub fn draining(&self, draining: bool) {
        self.shared.draining.set(if draining { 1 } else { 0 });
    }

    /// Adds the totals to the history. Call it every second.
    pub fn observe(&self) {
        for queue in self.queues() {
            queue.observe();
        }
    }

    /// Updates what is not updated by events: the buffers of the histograms, the metrics of the
    /// process, and the gauges over the last 5 minutes. Call it at least every few seconds.
    pub fn refresh(&self) {
        for queue in self.queues() {
            queue.refresh();
        }
        if let Some(total) = self.shared.log_loss.get() {
            self.shared.log_lines_dropped.absolute(total());
        }
        let process = &self.shared.process;
        metrics::with_local_recorder(&*self.shared.recorder, || process.collect());
        self.shared.handle.run_upkeep();
    }

    /// The metrics in the Prometheus text format. The histograms of [`catalog::LATE_BUCKETS`] have no
    /// buckets before their first observation. Takes time in proportion to the number of series.
    pub fn render(&self) -> String {
        self.refresh();
        exposition::without_empty_buckets(&self.shared.handle.render())
    }

    /// The same series in the OpenMetrics format, with the traces of recent slow messages as
    /// exemplars. `None` if no message had a sampled trace: then the text format has as much.
    pub fn render_openmetrics(&self) -> Option<String> {
        let queues = self.queues();
        let exemplars = || queues.iter().flat_map(|queue| queue.all_exemplars());
        exemplars().next()?;
        Some(openmetrics::from_text(&self.render(), exemplars()))
    }

    fn lock_queues(&self) -> std::sync::MutexGuard<'_, Vec<Arc<QueueMetrics>>> {
        self.shared.queues.lock().expect("no code panics while it holds this lock")
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Metrics")
    }
}

fn recorder() -> PrometheusRecorder {
    let mut builder = PrometheusBuilder::new();
    for metric in catalog::ALL {
        if let Kind::Histogram(buckets) = metric.kind {
            builder = builder
                .set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), buckets)
                .expect("the catalog's buckets are not empty");
        }
    }
    builder.build_recorder()
}

fn describe(recorder: &dyn Recorder) {
    for metric in catalog::ALL {
        let (name, help) = (metric.name.into(), metric.help.into());
        match metric.kind {
            Kind::Counter => recorder.describe_counter(name, None, help),
            Kind::Gauge => recorder.describe_gauge(name, None, help),
            Kind::Histogram(_) => recorder.describe_histogram(name, None, help),
        }
    }
}
