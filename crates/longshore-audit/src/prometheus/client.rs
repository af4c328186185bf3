//! The HTTP API of Prometheus, and of servers with the same API.

use std::collections::BTreeMap;
use std::time::Duration;

use longshore::format::{bounded, error_chain, masked};
use serde::Deserialize;

const TIMEOUT: Duration = Duration::from_secs(60);

/// A Prometheus server.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
}

/// A query failed.
#[derive(Debug, thiserror::Error)]
pub enum PrometheusError {
    /// The server did not answer.
    #[error("Prometheus at {url} does not answer: {error}")]
    Unreachable {
        /// The URL of the server.
        url: String,
        /// The error of the HTTP client, with its causes.
        error: String,
    },
    /// The server answered with an error.
    #[error("Prometheus at {url} refused a query: {error}")]
    Refused {
        /// The URL of the server.
        url: String,
        /// What it answered.
        error: String,
    },
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: Option<String>,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Data {
    result: Vec<Sample>,
}

#[derive(Deserialize)]
struct Sample {
    metric: BTreeMap<String, String>,
    value: (f64, String),
}

impl Client {
    /// A client of the server with this URL, for example `http://127.0.0.1:9090`. Sends no request.
    ///
    /// # Errors
    /// If no HTTP client can be created.
    pub fn new(url: &str) -> Result<Self, PrometheusError> {
        let url = url.trim_end_matches('/').to_owned();
        let http = reqwest::Client::builder().timeout(TIMEOUT).build();
        let http = http.map_err(|error| unreachable(&url, &error))?;
        Ok(Self { http, url })
    }

    /// The value of an instant query for each value of the label `queue`. Those that are not a number are
    /// left out.
    pub(super) async fn by_queue(
        &self,
        expression: &str,
    ) -> Result<BTreeMap<String, f64>, PrometheusError> {
        let request =
            self.http.get(format!("{}/api/v1/query", self.url)).query(&[("query", expression)]);
        let response = request.send().await.map_err(|error| unreachable(&self.url, &error))?;
        let status = response.status();
        let refused = |error: String| PrometheusError::Refused {
            url: masked(&self.url),
            error: bounded(error),
        };
        let answer: Answer = response
            .json()
            .await
            .map_err(|_| refused(format!("{status}, and no answer of its HTTP API")))?;
        let Some(data) = answer.data.filter(|_| status.is_success()) else {
            return Err(refused(answer.error.unwrap_or_else(|| status.to_string())));
        };
        let samples = data.result.into_iter().filter_map(|mut sample| {
            let value: f64 = sample.value.1.parse().ok()?;
            Some((sample.metric.remove("queue")?, value)).filter(|_| value.is_finite())
        });
        Ok(samples.collect())
    }
}

fn unreachable(url: &str, error: &reqwest::Error) -> PrometheusError {
    PrometheusError::Unreachable { url: masked(url), error: error_chain(error) }
}
