//! The exporters of the SDK, with their requests on the export runtime and their failures in the
//! log.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use opentelemetry_otlp::tonic_types::transport::ClientTlsConfig;
use opentelemetry_otlp::{
    Compression, Protocol, WithExportConfig, WithHttpConfig, WithTonicConfig,
};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::Temporality;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::exporter::PushMetricExporter;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tokio::runtime::Handle;

use super::config::{Destination, Endpoint, OtlpCompression, OtlpProtocol};
use super::export::{Export, OtlpError};
use crate::format::bounded;
use crate::queue::is_loopback;
use crate::telemetry::Repeats;

/// An exporter. Only threads of the SDK call it, and they may block.
#[derive(Debug)]
pub(super) struct Exporter<E> {
    exporter: E,
    runtime: Handle,
    export: Export,
    failures: Repeats,
}

/// The builders of the SDK have the same methods, but no common trait.
macro_rules! exporter {
    ($builder:expr, $to:expr) => {
        match $to.protocol {
            OtlpProtocol::Http => {
                let builder = $builder.with_http().with_protocol(Protocol::HttpBinary);
                let builder = builder.with_endpoint($to.url.0.as_str());
                let builder = match local_client(&$to.url) {
                    Some(client) => builder.with_http_client(client),
                    None => builder,
                };
                match $to.compression {
                    OtlpCompression::None => builder.build(),
                    OtlpCompression::Gzip => builder.with_compression(Compression::Gzip).build(),
                }
            }
            OtlpProtocol::Grpc => {
                let builder = $builder.with_tonic().with_endpoint($to.url.0.as_str());
                // The SDK trusts no certificate authority by default. Without TLS none is needed.
                let builder = match $to.url.0.scheme() {
                    "https" => builder.with_tls_config(ClientTlsConfig::new().with_enabled_roots()),
                    _ => builder,
                };
                match $to.compression {
                    OtlpCompression::None => builder.build(),
                    OtlpCompression::Gzip => builder.with_compression(Compression::Gzip).build(),
                }
            }
        }
    };
}

/// A client without the proxy of the environment, which could not reach this machine.
fn local_client(url: &Endpoint) -> Option<reqwest::Client> {
    is_loopback(url.0.as_str())
        .then(|| reqwest::Client::builder().no_proxy().build().ok())
        .flatten()
}

/// For traces.
pub(super) fn spans(
    to: Destination,
    runtime: &Handle,
) -> Result<Exporter<opentelemetry_otlp::SpanExporter>, OtlpError> {
    let build = || exporter!(opentelemetry_otlp::SpanExporter::builder(), to);
    Exporter::build("traces", to.url.without_secrets(), runtime, build)
}

/// For metrics.
pub(super) fn metrics(
    to: Destination,
    runtime: &Handle,
) -> Result<Exporter<opentelemetry_otlp::MetricExporter>, OtlpError> {
    // Like a scrape, and as the rules expect.
    let builder =
        || opentelemetry_otlp::MetricExporter::builder().with_temporality(Temporality::Cumulative);
    let build = || exporter!(builder(), to);
    Exporter::build("metrics", to.url.without_secrets(), runtime, build)
}

impl<E> Exporter<E> {
    fn build(
        signal: &'static str,
        collector: String,
        runtime: &Handle,
        build: impl FnOnce() -> Result<E, opentelemetry_otlp::ExporterBuildError>,
    ) -> Result<Self, OtlpError> {
        let inside = runtime.enter();
        let exporter = match build() {
            Ok(exporter) => exporter,
            Err(source) => {
                let source = Box::new(source);
                return Err(OtlpError::Exporter { signal, collector, source });
            }
        };
        drop(inside);
        let export = Export { signal, collector, failed: Arc::default() };
        Ok(Self { exporter, runtime: runtime.clone(), export, failures: Repeats::default() })
    }

    /// The destination and state of this export.
    pub(super) fn export(&self) -> Export {
        self.export.clone()
    }

    /// Logs a failure, at most once per minute. Reports success to the SDK, which would log every
    /// batch.
    fn log_failure(&self, result: OTelSdkResult) -> OTelSdkResult {
        self.export.failed.store(result.is_err(), Relaxed);
        let Err(error) = &result else { return Ok(()) };
        if let Some(suppressed) = self.failures.occurred() {
            let Export { signal, collector, .. } = &self.export;
            tracing::warn!(
                signal,
                collector,
                error = bounded(error.to_string()),
                suppressed,
                advice = "check otlp.endpoint and the collector",
                "OTLP export failed; messages are not affected"
            );
        }
        Ok(())
    }
}

impl<E: SpanExporter> SpanExporter for Exporter<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.log_failure(self.runtime.block_on(self.exporter.export(batch)))
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

impl<E: PushMetricExporter> PushMetricExporter for Exporter<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        self.log_failure(self.runtime.block_on(self.exporter.export(metrics)))
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.exporter.temporality()
    }
}
