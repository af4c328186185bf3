//! The configuration of the export. Its keys are named like the variables of OpenTelemetry.

use std::str::FromStr;
use std::time::Duration;

use reqwest::Url;

use crate::trace::TracesConfig;

/// The export of traces, and of metrics if there is no Prometheus. The environment is not read.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct OtlpConfig {
    /// Disables the export, whatever the other settings are. Default: false.
    pub disabled: bool,
    /// The URL of the collector for both signals. With HTTP, the path of each signal is added.
    /// Default: none, so nothing is exported.
    pub endpoint: Option<Endpoint>,
    /// The protocol. Default: `http/protobuf`.
    pub protocol: OtlpProtocol,
    /// The compression of requests. Default: none.
    pub compression: OtlpCompression,
    /// The service name. Default: that of `OTEL_RESOURCE_ATTRIBUTES`, otherwise `longshore`.
    pub service_name: Option<String>,
    /// The destination of traces. If `export` is not set, traces are exported if there is an
    /// endpoint.
    pub traces: SignalConfig,
    /// Which traces are recorded, and how a span refers to the sender of its message.
    pub tracing: TracesConfig,
    /// The destination of metrics. Default: not exported.
    pub metrics: PushedMetricsConfig,
}

/// The protocol of a collector.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtlpProtocol {
    /// `http/protobuf`.
    #[default]
    Http,
    /// `grpc`.
    Grpc,
}

/// The compression of requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OtlpCompression {
    /// No compression.
    #[default]
    None,
    /// gzip.
    Gzip,
}

/// The settings of one signal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignalConfig {
    /// Whether it is exported. `None` is the default of the signal.
    pub export: Option<Exported>,
    /// The endpoint of this signal, used unchanged.
    pub endpoint: Option<Endpoint>,
    /// The protocol of this signal.
    pub protocol: Option<OtlpProtocol>,
    /// The compression of this signal.
    pub compression: Option<OtlpCompression>,
}

/// The URL of a collector. It can contain a password or a key, so
/// [`without_secrets`](Self::without_secrets) masks them. The type is of the `url` crate, which is
/// stable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(pub Url);

impl FromStr for Endpoint {
    type Err = InvalidEndpoint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        url.map(Self).ok_or_else(|| InvalidEndpoint(text.to_owned()))
    }
}

/// A text that is not the URL of a collector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the URL of a collector; expected one as in http://127.0.0.1:4318")]
pub struct InvalidEndpoint(String);

impl Endpoint {
    /// The URL with `***` for its user and password, and for its query, for logs.
    pub fn without_secrets(&self) -> String {
        let mut url = self.0.clone();
        if !url.username().is_empty() || url.password().is_some() {
            // Both fail only for URLs without a host.
            url.set_username("***").ok();
            url.set_password(None).ok();
        }
        if url.query().is_some() {
            url.set_query(Some("***"));
        }
        url.into()
    }

    fn join(mut self, path: &str) -> Self {
        let whole = format!("{}/{path}", self.0.path().trim_end_matches('/'));
        self.0.set_path(&whole);
        self
    }
}

/// Whether a signal is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported(pub bool);

/// The push of metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PushedMetricsConfig {
    /// The destination. Metrics are pushed only if `export` is set, because Prometheus scrapes them
    /// anyway.
    pub signal: SignalConfig,
    /// The interval of pushes. Default: 60 s.
    pub interval: Interval,
    /// Which metrics are pushed. Default: those of Longshore.
    pub names: MetricNames,
}

/// The names of pushed metrics. A scrape always has those of Longshore.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricNames {
    /// The metrics of a scrape, under the same names. The alert rules and dashboards need them.
    #[default]
    Longshore,
    /// Only the messaging metrics of OpenTelemetry's semantic conventions.
    Semconv,
    /// Both. No name is in both sets.
    Both,
}

impl Default for PushedMetricsConfig {
    fn default() -> Self {
        Self {
            signal: SignalConfig::default(),
            interval: Interval(Duration::from_secs(60)),
            names: MetricNames::default(),
        }
    }
}

/// A duration. In the variables of OpenTelemetry it is a number of milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval(pub Duration);

/// The destination of one signal.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Destination {
    /// The complete URL.
    pub url: Endpoint,
    /// The protocol.
    pub protocol: OtlpProtocol,
    /// The compression.
    pub compression: OtlpCompression,
}

impl OtlpConfig {
    /// The destination of traces; `None` if they are not exported.
    pub fn traces(&self) -> Option<Destination> {
        let given = self.endpoint.is_some() || self.traces.endpoint.is_some();
        self.destination(&self.traces, given, "v1/traces")
    }

    /// The destination of metrics; `None` if they are not exported.
    pub fn metrics(&self) -> Option<Destination> {
        self.destination(&self.metrics.signal, false, "v1/metrics")
    }

    fn destination(
        &self,
        signal: &SignalConfig,
        otherwise: bool,
        path: &str,
    ) -> Option<Destination> {
        if self.disabled || !signal.export.map_or(otherwise, |Exported(export)| export) {
            return None;
        }
        let protocol = signal.protocol.unwrap_or(self.protocol);
        let base = || self.endpoint.clone().unwrap_or_else(|| protocol.default_endpoint());
        let url = match (&signal.endpoint, protocol) {
            (Some(own), _) => own.clone(),
            (None, OtlpProtocol::Http) => base().join(path),
            (None, OtlpProtocol::Grpc) => base(),
        };
        let compression = signal.compression.unwrap_or(self.compression);
        Some(Destination { url, protocol, compression })
    }
}

impl OtlpProtocol {
    /// <https://opentelemetry.io/docs/specs/otel/protocol/exporter/#configuration-options>
    fn default_endpoint(self) -> Endpoint {
        let url = match self {
            Self::Http => "http://localhost:4318",
            Self::Grpc => "http://localhost:4317",
        };
        Endpoint(Url::parse(url).expect("both are URLs"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(endpoint: &str) -> OtlpConfig {
        OtlpConfig { endpoint: Some(endpoint_at(endpoint)), ..OtlpConfig::default() }
    }

    fn endpoint_at(url: &str) -> Endpoint {
        Endpoint(Url::parse(url).unwrap())
    }

    fn url(destination: Option<Destination>) -> Option<String> {
        destination.map(|destination| destination.url.0.into())
    }

    #[test]
    fn an_endpoint_is_all_that_traces_need_and_metrics_wait_to_be_asked_for() {
        assert_eq!(OtlpConfig::default().traces(), None);
        let mut config = at("http://collector:4318/");
        assert_eq!(url(config.traces()).unwrap(), "http://collector:4318/v1/traces");
        assert_eq!(config.metrics(), None);
        config.metrics.signal.export = Some(Exported(true));
        assert_eq!(url(config.metrics()).unwrap(), "http://collector:4318/v1/metrics");
        config.disabled = true;
        assert_eq!((config.traces(), config.metrics()), (None, None));
    }

    #[test]
    fn an_endpoint_of_a_signals_own_is_used_as_it_stands() {
        let mut config = at("http://collector:4318");
        config.traces.endpoint = Some(endpoint_at("http://elsewhere/here"));
        assert_eq!(url(config.traces()).unwrap(), "http://elsewhere/here");
        config.traces.export = Some(Exported(false));
        assert_eq!(config.traces(), None);
    }

    #[test]
    fn who_asks_for_an_export_and_names_no_endpoint_gets_the_usual_one() {
        let mut config = OtlpConfig::default();
        config.traces.export = Some(Exported(true));
        assert_eq!(url(config.traces()).unwrap(), "http://localhost:4318/v1/traces");
        config.protocol = OtlpProtocol::Grpc;
        assert_eq!(url(config.traces()).unwrap(), "http://localhost:4317/");
    }

    #[test]
    fn a_path_goes_before_a_query_and_what_may_be_secret_is_masked() {
        let config = at("https://user:secret@collector/tenant/?key=topsecret");
        let to = config.traces().unwrap().url;
        assert_eq!(to.0.as_str(), "https://user:secret@collector/tenant/v1/traces?key=topsecret");
        assert_eq!(to.without_secrets(), "https://***@collector/tenant/v1/traces?***");
    }
}
