//! The format of `/metrics`: text, or OpenMetrics with exemplars.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::http::request::Parts;

use super::accept::weight;
use crate::telemetry::Metrics;

/// The format that a client prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MetricsFormat {
    Text,
    OpenMetrics,
}

impl MetricsFormat {
    /// OpenMetrics, if the client names it and does not prefer plain text.
    fn preferred(headers: &HeaderMap) -> Self {
        let open = weight(headers, ACCEPT, |kind| kind == "application/openmetrics-text");
        let text = weight(headers, ACCEPT, |kind| kind == "text/plain");
        if open > 0.0 && open >= text { Self::OpenMetrics } else { Self::Text }
    }

    /// The metrics, and their media type. Without exemplars, every client gets the text format,
    /// because OpenMetrics would add nothing.
    pub(super) fn render(self, metrics: &Metrics) -> (&'static str, String) {
        let openmetrics = match self {
            Self::Text => None,
            Self::OpenMetrics => metrics.render_openmetrics(),
        };
        match openmetrics {
            Some(text) => ("application/openmetrics-text; version=1.0.0; charset=utf-8", text),
            None => ("text/plain; version=0.0.4; charset=utf-8", metrics.render()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for MetricsFormat {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::preferred(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn preferred(accept: &'static str) -> MetricsFormat {
        MetricsFormat::preferred(&HeaderMap::from_iter([(
            ACCEPT,
            HeaderValue::from_static(accept),
        )]))
    }

    #[test]
    fn prometheus_gets_openmetrics() {
        // Prometheus 2.42, then 3.5, then 3.5 with native histograms.
        for accept in [
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
        ] {
            assert_eq!(preferred(accept), MetricsFormat::OpenMetrics, "{accept}");
        }
    }

    #[test]
    fn a_client_that_does_not_ask_gets_text() {
        for accept in [
            "",
            "*/*",
            "text/html,application/xhtml+xml,*/*;q=0.8",
            "text/plain;version=0.0.4",
            "text/plain;q=0.9,application/openmetrics-text;q=0.5",
            "application/openmetrics-text;q=0",
        ] {
            assert_eq!(preferred(accept), MetricsFormat::Text, "{accept}");
        }
        assert_eq!(MetricsFormat::preferred(&HeaderMap::new()), MetricsFormat::Text);
    }
}
