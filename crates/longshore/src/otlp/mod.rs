//! The export by OTLP: traces when they end, metrics at an interval, and the rest of both at the
//! end. It has its own threads and runtime, so it never delays a message. Data that the collector
//! does not accept is dropped, and logged at most once per minute.

mod config;
mod export;
mod export_runtime;
mod exporter;
mod recorder;
mod resource;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use futures_util::future::join_all;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{
    Aggregation, Instrument, InstrumentKind, PeriodicReader, SdkMeterProvider, Stream,
};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanExporter, Tracer};
use tokio::sync::oneshot;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::registry::LookupSpan;

use export_runtime::ExportRuntime;
use recorder::OtlpRecorder;

use crate::telemetry::BoxedRecorder;
pub use config::{
    Destination, Endpoint, Exported, Interval, InvalidEndpoint, MetricNames, OtlpCompression,
    OtlpConfig, OtlpProtocol, PushedMetricsConfig, SignalConfig,
};
pub use export::{Export, OtlpError};

use crate::telemetry::Metrics;
use crate::trace;

/// The instrumentation scope of spans and metrics.
const SCOPE: &str = env!("CARGO_PKG_NAME");

/// Maximum series per metric; the default of the SDK is 2,000. A queue has up to 45 series of one
/// metric, so this is enough for 200 queues. The SDK allocates memory for all of them.
const SERIES: usize = 10_000;

/// A running export. Dropping it without [`flush`](Self::flush) drops the last data.
#[derive(Debug, Default)]
pub struct Otlp {
    tracer: Option<SdkTracerProvider>,
    meter: Option<SdkMeterProvider>,
    names: MetricNames,
    exports: Vec<Export>,
    /// Runs the requests to the collector.
    runtime: Option<Arc<ExportRuntime>>,
}

/// The result of a flush.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flushed {
    /// There was nothing to export.
    Off,
    /// The collector has all data.
    Done,
    /// The collector refused data or was unreachable.
    Failed,
    /// The time limit was reached.
    TimedOut,
}

impl Otlp {
    /// Metrics for a worker. They are also pushed, if the configuration says so.
    pub fn worker_metrics(&self) -> Metrics {
        let messaging = self.meter.is_some() && self.names != MetricNames::Longshore;
        Metrics::recorded_through(messaging, |recorder| self.recorder(recorder))
    }

    /// Starts the export; by default it exports nothing. It connects to the collector when there is
    /// data, so an unreachable collector is not an error here.
    ///
    /// # Errors
    /// If an exporter cannot be built, for example for TLS without trusted certificates.
    pub fn start(config: &OtlpConfig) -> Result<Self, OtlpError> {
        let (traces, metrics) = (config.traces(), config.metrics());
        let mut otlp = Self::default();
        otlp.names = config.metrics.names;
        if traces.is_none() && metrics.is_none() {
            return Ok(otlp);
        }
        let runtime = ExportRuntime::start().map_err(OtlpError::Runtime)?;
        let resource = resource::of_process(config);
        if let Some(to) = traces {
            let exporter = exporter::spans(to, runtime.handle())?;
            otlp.exports.push(exporter.export());
            otlp.tracer = Some(tracer(config, exporter, &resource));
        }
        if let Some(to) = metrics {
            let exporter = exporter::metrics(to, runtime.handle())?;
            otlp.exports.push(exporter.export());
            otlp.meter = Some(meter(config, exporter, &resource));
        }
        otlp.runtime = Some(Arc::new(runtime));
        Ok(otlp)
    }

    /// The exported signals.
    pub fn exports(&self) -> &[Export] {
        &self.exports
    }

    /// Whether metrics are pushed. If so, call [`Metrics::last_scrape_pending`] before
    /// [`flush`](Self::flush), because the shutdown dashboard reads from it that the last values are final.
    pub fn pushes_metrics(&self) -> bool {
        self.meter.is_some()
    }

    /// A layer for a `tracing` subscriber that exports spans; `None` if traces are off. Add a
    /// filter: the spans of Longshore have the target [`trace::TARGET`] and the level DEBUG. Two
    /// such layers in one subscriber panic. The type is of `tracing-opentelemetry`, so that a
    /// program can configure the layer further.
    pub fn layer<S>(&self) -> Option<OpenTelemetryLayer<S, Tracer>>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    {
        Some(layer(self.tracer.as_ref()?.tracer(SCOPE)))
    }

    /// Wraps a recorder, so that its metrics are pushed too, if that is configured.
    fn recorder(&self, other: BoxedRecorder) -> BoxedRecorder {
        match &self.meter {
            Some(meter) => Box::new(OtlpRecorder::new(meter.meter(SCOPE), self.names, other)),
            None => other,
        }
    }

    /// Exports the last data of both signals, then ends the export. It takes at most `limit`, even
    /// if the collector does not respond; data that is left then is lost. Not cancel-safe.
    pub async fn flush(mut self, limit: Duration) -> Flushed {
        let Some(runtime) = self.runtime.take() else { return Flushed::Off };
        let metrics = self.meter.take().map(|meter| {
            on_thread("otlp-metrics", &runtime, move || meter.shutdown_with_timeout(limit).is_ok())
        });
        let traces = self.tracer.take().map(|tracer| {
            on_thread("otlp-traces", &runtime, move || tracer.shutdown_with_timeout(limit).is_ok())
        });
        let both = join_all([metrics, traces].into_iter().flatten());
        let Ok(ended) = tokio::time::timeout(limit, both).await else { return Flushed::TimedOut };
        if ended.iter().any(|ended| *ended != Ok(true)) {
            return Flushed::Failed;
        }
        if let Some(runtime) = Arc::into_inner(runtime) {
            runtime.end();
        }
        let failed = self.exports.iter().any(|export| export.failed.load(Relaxed));
        if failed { Flushed::Failed } else { Flushed::Done }
    }
}

impl Drop for Otlp {
    /// Drops the last data. The SDK would block here to export it.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            let (tracer, meter) = (self.tracer.take(), self.meter.take());
            on_thread("otlp-end", &runtime, move || drop((tracer, meter)));
        }
    }
}

/// Runs blocking work on a thread of its own. A blocking task of the runtime would keep the process
/// alive.
fn on_thread<T: Send + 'static>(
    name: &str,
    runtime: &Arc<ExportRuntime>,
    work: impl FnOnce() -> T + Send + 'static,
) -> oneshot::Receiver<T> {
    let (sender, receiver) = oneshot::channel();
    let runtime = runtime.clone();
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        let done = work();
        drop(runtime);
        // The receiver is gone if the time limit was reached.
        sender.send(done).ok();
    });
    if let Err(error) = started {
        tracing::warn!(%error, "cannot start a thread to end the OTLP export");
    }
    receiver
}

fn layer<S>(tracer: Tracer) -> OpenTelemetryLayer<S, Tracer>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        // Activation would start a span before its links are known.
        .with_context_activation(false)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
}

fn tracer(
    config: &OtlpConfig,
    exporter: impl SpanExporter + 'static,
    resource: &Resource,
) -> SdkTracerProvider {
    SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(resource.clone())
        .with_sampler(trace::sampler(&config.tracing))
        .build()
}

fn meter(
    config: &OtlpConfig,
    exporter: impl PushMetricExporter,
    resource: &Resource,
) -> SdkMeterProvider {
    let reader = PeriodicReader::builder(exporter).with_interval(config.metrics.interval.0).build();
    SdkMeterProvider::builder()
        .with_reader(reader)
        .with_resource(resource.clone())
        .with_view(stream)
        .build()
}

/// How the SDK aggregates a metric. Without minimum and maximum, because a histogram without
/// observations has neither, and the SDK would push the largest and the smallest number.
fn stream(instrument: &Instrument) -> Option<Stream> {
    let stream = Stream::builder().with_cardinality_limit(SERIES);
    let stream = match instrument.kind() {
        InstrumentKind::Histogram => {
            let boundaries = recorder::bounds(instrument.name());
            let record_min_max = false;
            stream.with_aggregation(Aggregation::ExplicitBucketHistogram {
                boundaries,
                record_min_max,
            })
        }
        _ => stream,
    };
    stream.build().ok()
}
