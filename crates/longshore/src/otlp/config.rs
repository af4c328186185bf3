//! What is exported by OTLP, and where to. Its keys go by the names of OpenTelemetry's own variables.

use std::time::Duration;

use reqwest::Url;

use crate::trace::TracesConfig;

/// OpenTelemetry: traces, and the metrics for those without Prometheus.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OtlpConfig {
    /// Exports nothing, whatever else is said.
    pub disabled: bool,
    /// The collector, for both signals: of HTTP the base, to which a signal's own path is added.
    pub endpoint: Option<Endpoint>,
    /// How the collector is spoken to.
    pub protocol: OtlpProtocol,
    /// How what is sent is packed.
    pub compression: OtlpCompression,
    /// What the service is called; where nothing says, `longshore`.
    pub service_name: Option<String>,
    /// Where traces go. If `export` is not set, they are exported if there is an endpoint.
    pub traces: SignalConfig,
    /// Which traces are recorded, and how a message's processing refers to its sender.
    pub tracing: TracesConfig,
    /// Metrics.
    pub metrics: PushedMetricsConfig,
}

/// How a collector is spoken to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OtlpProtocol {
    /// `http/protobuf`.
    #[default]
    Http,
    /// `grpc`.
    Grpc,
}

/// How what is sent is packed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OtlpCompression {
    /// Not at all.
    #[default]
    None,
    /// By gzip.
    Gzip,
}

/// What is said of one signal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignalConfig {
    /// Whether it is exported, where anything says so.
    pub export: Option<Exported>,
    /// An endpoint of its own, used as it stands.
    pub endpoint: Option<Endpoint>,
    /// A protocol of its own.
    pub protocol: Option<OtlpProtocol>,
    /// A compression of its own.
    pub compression: Option<OtlpCompression>,
}

/// A collector's URL. It may hold a password or a key, so it is shown without them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint(pub Url);

impl Endpoint {
    /// The URL as anybody may see it.
    pub fn shown(&self) -> String {
        let mut url = self.0.clone();
        // Refused by URLs that cannot have them, and so have none.
        url.set_username("").ok();
        url.set_password(None).ok();
        url.set_query(None);
        url.into()
    }

    fn with(mut self, path: &str) -> Self {
        let whole = format!("{}/{path}", self.0.path().trim_end_matches('/'));
        self.0.set_path(&whole);
        self
    }
}

/// Whether a signal is exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported(pub bool);

/// Metrics, pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedMetricsConfig {
    /// Where they go. They do only where `export` says so: whoever scrapes `/metrics` has them already.
    pub signal: SignalConfig,
    /// Time from one push to the next.
    pub interval: Interval,
}

impl Default for PushedMetricsConfig {
    fn default() -> Self {
        Self { signal: SignalConfig::default(), interval: Interval(Duration::from_secs(60)) }
    }
}

/// A duration that OpenTelemetry writes as a bare number of milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval(pub Duration);

/// Where one signal goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The URL, complete.
    pub url: Endpoint,
    /// How to speak there.
    pub protocol: OtlpProtocol,
    /// How to pack what is sent there.
    pub compression: OtlpCompression,
}

impl OtlpConfig {
    /// Where traces go; `None` for nowhere.
    pub fn traces(&self) -> Option<Destination> {
        let given = self.endpoint.is_some() || self.traces.endpoint.is_some();
        self.destination(&self.traces, given, "v1/traces")
    }

    /// Where metrics go; `None` for nowhere.
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
        let base = || self.endpoint.clone().unwrap_or_else(|| protocol.usual_endpoint());
        let url = match (&signal.endpoint, protocol) {
            (Some(own), _) => own.clone(),
            (None, OtlpProtocol::Http) => base().with(path),
            (None, OtlpProtocol::Grpc) => base(),
        };
        let compression = signal.compression.unwrap_or(self.compression);
        Some(Destination { url, protocol, compression })
    }
}

impl OtlpProtocol {
    /// <https://opentelemetry.io/docs/specs/otel/protocol/exporter/#configuration-options>
    fn usual_endpoint(self) -> Endpoint {
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
    fn a_path_goes_before_a_query_and_what_may_be_secret_is_not_shown() {
        let config = at("https://user:secret@collector/tenant/?key=topsecret");
        let to = config.traces().unwrap().url;
        assert_eq!(to.0.as_str(), "https://user:secret@collector/tenant/v1/traces?key=topsecret");
        assert_eq!(to.shown(), "https://collector/tenant/v1/traces");
    }
}
