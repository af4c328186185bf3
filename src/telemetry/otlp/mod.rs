//! The export by OTLP: traces as they end, metrics at an interval, both once more at the end. It has
//! threads and a runtime of its own, and never makes a message wait.
//!
//! What cannot be delivered is dropped, and said once a minute.

mod exporter;
mod recorder;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::metrics::{Instrument, PeriodicReader, SdkMeterProvider, Stream};
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanExporter, Tracer};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;

pub(super) use recorder::BoxedRecorder;
use recorder::OtlpRecorder;

use super::trace;
use crate::config::OtlpConfig;

/// What the spans and the metrics are said to be of.
const SCOPE: &str = env!("CARGO_PKG_NAME");

/// Series that one metric may have; the SDK would fold more than 2,000 into one. A queue has up to 45 of
/// one metric, and the labels are closed sets and configured names.
const SERIES: usize = 100_000;

/// The export, until it is flushed.
#[derive(Debug)]
pub struct Otlp {
    tracer: Option<SdkTracerProvider>,
    meter: Option<SdkMeterProvider>,
    exports: Vec<Export>,
    /// Where the requests to the collector run: not among the messages.
    runtime: Option<Runtime>,
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
    /// Begins to export what the configuration says: nothing, by default. Connects when there is
    /// something to send; whether a collector is there makes no difference here.
    ///
    /// # Errors
    /// When an exporter cannot be built, as for a compression that is not built in.
    pub fn start(config: &OtlpConfig) -> Result<Self, OtlpError> {
        let (traces, metrics) = (config.traces(), config.metrics());
        if traces.is_none() && metrics.is_none() {
            return Ok(Self { tracer: None, meter: None, exports: Vec::new(), runtime: None });
        }
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("otlp")
            .enable_all()
            .build()
            .map_err(OtlpError::Runtime)?;
        let resource = resource(config);
        let mut exports = Vec::new();
        let tracer = traces.map(|to| {
            let exporter = exporter::spans(to, runtime.handle())?;
            exports.push(exporter.export());
            Ok(tracer(config, exporter, &resource))
        });
        let tracer = tracer.transpose()?;
        let meter = metrics.map(|to| {
            let exporter = exporter::metrics(to, runtime.handle())?;
            exports.push(exporter.export());
            Ok(meter(config, exporter, &resource))
        });
        let meter = meter.transpose()?;
        Ok(Self { tracer, meter, exports, runtime: Some(runtime) })
    }

    /// What is exported.
    pub fn exports(&self) -> &[Export] {
        &self.exports
    }

    /// The layer of a `tracing` subscriber that makes traces of our spans, and of nothing else.
    pub fn layer<S>(&self) -> Option<Box<dyn Layer<S> + Send + Sync>>
    where
        S: tracing::Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let tracer = self.tracer.as_ref()?.tracer(SCOPE);
        let ours = Targets::new().with_target(trace::TARGET, LevelFilter::DEBUG);
        Some(layer(tracer).with_filter(ours).boxed())
    }

    /// A recorder that records to be pushed, where metrics are, what it passes on to another.
    pub(super) fn recorder(&self, other: BoxedRecorder) -> BoxedRecorder {
        match &self.meter {
            Some(meter) => Box::new(OtlpRecorder::new(meter.meter(SCOPE), other)),
            None => other,
        }
    }

    /// Sends what is left, and ends the export. Takes at most `limit`, whoever does not answer, and on
    /// whatever runtime this is awaited. What has not left by then is lost.
    pub async fn flush(mut self, limit: Duration) -> Flushed {
        let Some(runtime) = self.runtime.take() else { return Flushed::Off };
        let (tracer, meter) = (self.tracer.take(), self.meter.take());
        let (tell, told) = oneshot::channel();
        // A thread that nobody waits for: a blocking task would keep the runtime, and with it the process.
        let ending = std::thread::Builder::new().name("otlp-flush".to_owned()).spawn(move || {
            let metrics = meter.map(|meter| meter.shutdown_with_timeout(limit));
            let traces = tracer.map(|tracer| tracer.shutdown_with_timeout(limit));
            let ended = [metrics, traces].into_iter().flatten().all(|end| end.is_ok());
            if ended {
                drop(runtime)
            } else {
                leave_to(runtime)
            }
            // Nobody listens any more if the time is up.
            tell.send(ended).ok();
        });
        let flushed = match tokio::time::timeout(limit, told).await {
            Ok(Ok(true)) if self.exports.iter().all(|export| !export.failed.load(Relaxed)) => {
                Flushed::Done
            }
            Ok(Ok(_) | Err(_)) => Flushed::Failed,
            Err(_) => Flushed::TimedOut,
        };
        drop(ending);
        flushed
    }
}

impl Drop for Otlp {
    fn drop(&mut self) {
        self.runtime.take().into_iter().for_each(leave_to);
    }
}

/// Leaves the runtime to the SDK's threads, which are still at it: without it they would panic. They, and it,
/// go with the process.
fn leave_to(runtime: Runtime) {
    std::mem::forget(runtime);
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
        .with_sampler(trace::sampler(&config.traces))
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
