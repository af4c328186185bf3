//! The export by OTLP: traces as they end, metrics at an interval, both once more at the end. It has
//! threads and a runtime of its own, and never makes a message wait.
//!
//! What cannot be delivered is dropped, and said once a minute.

mod aside;
mod config;
mod exporter;
mod recorder;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use futures_util::future::join_all;
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{Instrument, PeriodicReader, SdkMeterProvider, Stream};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanExporter, Tracer};
use tokio::sync::oneshot;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::registry::LookupSpan;

use aside::Aside;
use recorder::OtlpRecorder;

use crate::telemetry::BoxedRecorder;
pub use config::{
    Destination, Endpoint, Exported, Interval, OtlpCompression, OtlpConfig, OtlpProtocol,
    PushedMetricsConfig, SignalConfig,
};

use crate::telemetry::Metrics;
use crate::trace;

/// What the spans and the metrics are said to be of.
const SCOPE: &str = env!("CARGO_PKG_NAME");

/// Series that one metric may have; the SDK would fold more than 2,000 into one. A queue has up to 45 of one
/// metric, so these are 200 queues. The SDK takes memory for all of them.
const SERIES: usize = 10_000;

/// The export, until it is flushed.
#[derive(Debug, Default)]
pub struct Otlp {
    tracer: Option<SdkTracerProvider>,
    meter: Option<SdkMeterProvider>,
    exports: Vec<Export>,
    /// Where the requests to the collector run: not among the messages.
    runtime: Option<Arc<Aside>>,
}

/// One signal's export.
#[derive(Debug, Clone)]
pub struct Export {
    /// `traces` or `metrics`.
    pub signal: &'static str,
    /// The collector's URL, without what may be secret in it.
    pub collector: String,
    /// Whether the last attempt failed.
    failed: Arc<AtomicBool>,
}

/// Why the export cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum OtlpError {
    /// The exporter does not come about: for TLS or compression, as a rule.
    #[error("cannot export {signal} to {collector}: {source}")]
    Exporter {
        /// `traces` or `metrics`.
        signal: &'static str,
        /// Where they were to go.
        collector: String,
        /// The SDK's word.
        source: opentelemetry_otlp::ExporterBuildError,
    },
    /// No thread is left for it.
    #[error("cannot start the export's runtime")]
    Runtime(#[source] std::io::Error),
}

/// How the last of it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flushed {
    /// There was nothing to export.
    Off,
    /// All has left.
    Done,
    /// Something was refused, or nobody was there.
    Failed,
    /// The time was up.
    TimedOut,
}

impl Otlp {
    /// Metrics for a worker, pushed as well if the configuration says so.
    pub fn worker_metrics(&self) -> Metrics {
        Metrics::recorded_through(|recorder| self.recorder(recorder))
    }

    /// Begins to export what the configuration says: nothing, by default. Connects when there is
    /// something to send; whether a collector is there makes no difference here.
    ///
    /// # Errors
    /// When an exporter cannot be built, as for TLS without any authority to trust.
    pub fn start(config: &OtlpConfig) -> Result<Self, OtlpError> {
        let (traces, metrics) = (config.traces(), config.metrics());
        let mut otlp = Self::default();
        if traces.is_none() && metrics.is_none() {
            return Ok(otlp);
        }
        let runtime = Aside::start().map_err(OtlpError::Runtime)?;
        let resource = resource(config);
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

    /// What is exported.
    pub fn exports(&self) -> &[Export] {
        &self.exports
    }

    /// A layer of a `tracing` subscriber that makes traces of spans: filter it. Ours have the target
    /// [`trace::TARGET`] and the level DEBUG. One such layer is enough: two in one subscriber panic.
    pub fn layer<S>(&self) -> Option<OpenTelemetryLayer<S, Tracer>>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    {
        Some(layer(self.tracer.as_ref()?.tracer(SCOPE)))
    }

    /// A recorder that records to be pushed, where metrics are, what it passes on to another.
    fn recorder(&self, other: BoxedRecorder) -> BoxedRecorder {
        match &self.meter {
            Some(meter) => Box::new(OtlpRecorder::new(meter.meter(SCOPE), other)),
            None => other,
        }
    }

    /// Sends what is left, and ends the export: both signals side by side. Takes at most `limit`, whoever
    /// does not answer, and on whatever runtime this is awaited. What has not left by then is lost.
    pub async fn flush(mut self, limit: Duration) -> Flushed {
        let Some(runtime) = self.runtime.take() else { return Flushed::Off };
        let metrics = self.meter.take().map(|meter| {
            aside("otlp-metrics", &runtime, move || meter.shutdown_with_timeout(limit).is_ok())
        });
        let traces = self.tracer.take().map(|tracer| {
            aside("otlp-traces", &runtime, move || tracer.shutdown_with_timeout(limit).is_ok())
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
    /// Without a flush what is left is lost. The SDK would wait for it, here and now.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            let (tracer, meter) = (self.tracer.take(), self.meter.take());
            aside("otlp-end", &runtime, move || drop((tracer, meter)));
        }
    }
}

/// Does what may take time on a thread that nobody waits for: a blocking task would keep the runtime, and
/// with it the process.
fn aside<T: Send + 'static>(
    name: &str,
    runtime: &Arc<Aside>,
    work: impl FnOnce() -> T + Send + 'static,
) -> oneshot::Receiver<T> {
    let (tell, told) = oneshot::channel();
    let runtime = runtime.clone();
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        let done = work();
        drop(runtime);
        // Nobody listens any more if the time is up.
        tell.send(done).ok();
    });
    if let Err(error) = started {
        tracing::warn!(%error, "no thread is left to end the export by OTLP");
    }
    told
}

fn layer<S>(tracer: Tracer) -> OpenTelemetryLayer<S, Tracer>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer()
        .with_tracer(tracer)
        // Entering would start a span before its links are known.
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
    let all_series = |_: &Instrument| Stream::builder().with_cardinality_limit(SERIES).build().ok();
    SdkMeterProvider::builder()
        .with_reader(reader)
        .with_resource(resource.clone())
        .with_view(all_series)
        .build()
}

/// What all of it is about: `OTEL_RESOURCE_ATTRIBUTES`, and who we are.
fn resource(config: &OtlpConfig) -> Resource {
    const NAME: opentelemetry::Key = opentelemetry::Key::from_static_str("service.name");
    let builder = || {
        let version = opentelemetry::KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        Resource::builder().with_attribute(version)
    };
    if let Some(name) = &config.service_name {
        return builder().with_service_name(name.clone()).build();
    }
    let found = builder().build();
    let named = found.get(&NAME).is_some_and(|name| !name.as_str().starts_with("unknown_service"));
    if named { found } else { builder().with_service_name(SCOPE).build() }
}
