//! Distinguishes scrapers, which read `/metrics` at an interval, from people with curl or a
//! browser.

use std::fmt;
use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;

/// A header that Prometheus sends with each scrape. So do the programs that embed its scraper: the
/// OpenTelemetry Collector, Grafana Alloy, vmagent.
/// <https://github.com/prometheus/prometheus/blob/v2.42.0/scrape/scrape.go>
const SCRAPE_TIMEOUT: &str = "x-prometheus-scrape-timeout-seconds";

/// The prefixes of user agents of scrapers that do not send the header.
const AGENTS: &[&str] =
    &["Prometheus/", "vm_promscrape", "GrafanaAgent/", "Alloy/", "Telegraf/", "Datadog Agent/"];

/// A longer user agent is cut to this length.
const AGENT_LENGTH: usize = 80;

/// A scraper. Two of the same kind behind one address count as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scraper {
    address: IpAddr,
    agent: String,
}

impl Scraper {
    /// The scraper that sent this request; `None` if it is not from a scraper.
    pub(super) fn recognize(address: IpAddr, headers: &HeaderMap) -> Option<Self> {
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

    fn recognized(headers: &[(&'static str, &'static str)]) -> Option<String> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
            .collect();
        Scraper::recognize([10, 0, 0, 7].into(), &headers).map(|scraper| scraper.to_string())
    }

    #[test]
    fn a_scraper_is_recognized_by_its_agent_or_its_header() {
        let prometheus = recognized(&[("user-agent", "Prometheus/2.42.0")]);
        assert_eq!(prometheus.as_deref(), Some("Prometheus/2.42.0 at 10.0.0.7"));
        let other = recognized(&[("user-agent", "otelcol/0.90"), (SCRAPE_TIMEOUT, "10")]);
        assert_eq!(other.as_deref(), Some("otelcol/0.90 at 10.0.0.7"));
        assert_eq!(recognized(&[(SCRAPE_TIMEOUT, "10")]).as_deref(), Some("10.0.0.7"));
    }

    #[test]
    fn a_person_is_not_a_scraper() {
        assert_eq!(recognized(&[]), None);
        for agent in ["curl/7.88.1", "Mozilla/5.0 (X11; Linux x86_64)", "kube-probe/1.30"] {
            assert_eq!(recognized(&[("user-agent", agent)]), None, "{agent}");
        }
    }
}
