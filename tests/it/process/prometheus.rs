//! A scraper that looks like Prometheus to the worker and scrapes when the test says so.

use super::longshore::Longshore;
use crate::support::Scrape;

/// One scraper, with a connection that it keeps.
pub(super) struct Prometheus {
    client: reqwest::Client,
    target: String,
}

impl Prometheus {
    pub(super) async fn of(worker: &Longshore) -> Self {
        Self::with_agent(worker, "Prometheus/2.42.0").await
    }

    /// One that calls itself something else.
    pub(super) async fn with_agent(worker: &Longshore, agent: &str) -> Self {
        let client = reqwest::Client::builder().user_agent(agent).build().unwrap();
        Self { client, target: format!("{}/metrics", worker.admin().await) }
    }

    /// Scrapes; `None` if nothing listens.
    pub(super) async fn tries(&self) -> Option<Scrape> {
        let answer = self.client.get(&self.target).send().await.ok()?;
        assert_eq!(answer.status().as_u16(), 200);
        Some(Scrape { text: answer.text().await.unwrap() })
    }

    pub(super) async fn scrapes(&self) -> Scrape {
        self.tries().await.expect("the worker's metrics are up")
    }
}
