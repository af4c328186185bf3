//! Who asks for `/metrics`: a scraper, which comes again by itself, or a person with curl or a browser.

use std::fmt;
use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;

/// Sent by Prometheus with each scrape, and by everything that embeds its scraper or takes its place:
/// the OpenTelemetry collector, Grafana Alloy, vmagent.
/// <https://github.com/prometheus/prometheus/blob/v2.42.0/scrape/scrape.go>
const SCRAPE_TIMEOUT: &str = "x-prometheus-scrape-timeout-seconds";

/// How the user agents of scrapers begin, for those that do not send the header.
const AGENTS: &[&str] =
    &["Prometheus/", "vm_promscrape", "GrafanaAgent/", "Alloy/", "Telegraf/", "Datadog Agent/"];

/// Longer ones are told apart by their beginning alone.
const AGENT_LENGTH: usize = 80;

/// A scraper. Two of the same kind behind one address count as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scraper {
    address: IpAddr,
    agent: String,
}

impl Scraper {
    /// The scraper that this request comes from, if it comes from one.
    pub(super) fn recognise(address: IpAddr, headers: &HeaderMap) -> Option<Self> {
        let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or("");
        let known = AGENTS.iter().any(|known| agent.starts_with(known));
        let agent = agent.chars().take(AGENT_LENGTH).collect();
        (known || headers.contains_key(SCRAPE_TIMEOUT)).then_some(Self { address, agent })
    }
}

impl fmt::Display for Scraper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, agent } = self;
        if agent.is_empty() { write!(f, "{address}") } else { write!(f, "{agent} at {address}") }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn recognised(headers: &[(&'static str, &'static str)]) -> Option<String> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect();
        Scraper::recognise([10, 0, 0, 7].into(), &headers).map(|scraper| scraper.to_string())
    }

    #[test]
    fn a_scraper_is_known_by_its_agent_or_by_the_header_of_its_timeout() {
        let prometheus = recognised(&[("user-agent", "Prometheus/2.42.0")]);
        assert_eq!(prometheus.as_deref(), Some("Prometheus/2.42.0 at 10.0.0.7"));
        let other = recognised(&[("user-agent", "otelcol/0.90"), (SCRAPE_TIMEOUT, "10")]);
        assert_eq!(other.as_deref(), Some("otelcol/0.90 at 10.0.0.7"));
        assert_eq!(recognised(&[(SCRAPE_TIMEOUT, "10")]).as_deref(), Some("10.0.0.7"));
    }

    #[test]
    fn a_person_is_no_scraper() {
        assert_eq!(recognised(&[]), None);
        for agent in ["curl/7.88.1", "Mozilla/5.0 (X11; Linux x86_64)", "kube-probe/1.30"] {
            assert_eq!(recognised(&[("user-agent", agent)]), None, "{agent}");
        }
    }
}
