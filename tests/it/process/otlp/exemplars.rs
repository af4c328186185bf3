//! Exemplars: a scraper that asks for OpenMetrics gets the traces of slow messages.

use std::collections::BTreeSet;

use super::collector::{Collector, Manners};
use super::worker;
use crate::process::app::App;
use crate::process::longshore::Longshore;
use crate::support::Scrape;
use crate::support::test_server::TestServer;

/// What Prometheus 2.42 accepts.
const ACCEPT: &str = "application/openmetrics-text;version=1.0.0,\
                      application/openmetrics-text;version=0.0.1;q=0.75,\
                      text/plain;version=0.0.4;q=0.5,*/*;q=0.1";

/// The media type and the text of a scrape.
async fn scrape(worker: &Longshore, accept: &str) -> (String, String) {
    let url = format!("{}/metrics", worker.admin().await);
    let request = reqwest::Client::new().get(url).header("accept", accept);
    let answer = request.send().await.unwrap();
    let vary: Vec<_> = answer.headers().get_all("vary").iter().collect();
    assert!(vary.iter().any(|name| *name == "accept"), "{vary:?}");
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    (kind, answer.text().await.unwrap())
}

/// The names and labels of the series.
fn series(text: &str) -> BTreeSet<String> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.split(" # ").next().unwrap().rsplit_once(' ').unwrap().0.into()).collect()
}

/// A worker that handled three messages.
async fn worked(settings: &[&str]) -> (Longshore, App, TestServer) {
    let server = TestServer::open().await;
    server.send_many(3).await;
    let app = App::answering(|_| async { 200 }).await;
    let worker = worker(&server, app.url(), settings, &[]);
    worker.shows("longshore_messages_total", &[("result", "deleted")], 3.0).await;
    (worker, app, server)
}

#[tokio::test]
async fn a_bucket_names_the_trace_of_a_message_that_it_counts() {
    let collector = Collector::http(Manners::Good).await;
    let endpoint = format!("otlp.endpoint={}", collector.url);
    let (worker, _app, _server) = worked(&["--set", &endpoint]).await;

    // A series can appear between two scrapes.
    let mut tries = 0;
    let open = loop {
        let (kind, text) = scrape(&worker, "*/*").await;
        assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8");
        assert!(!text.contains("trace_id"), "the text format has no exemplars");
        let (kind, open) = scrape(&worker, ACCEPT).await;
        assert_eq!(kind, "application/openmetrics-text; version=1.0.0; charset=utf-8");
        assert!(open.ends_with("\n# EOF\n"));
        if series(&open) == series(&text) {
            break open;
        }
        tries += 1;
        assert!(tries < 5, "the format changes no series");
    };

    worker.terminate();
    assert_eq!(worker.ends().await.code, Some(0));
    let spans = collector.spans_so_far();
    let processed: BTreeSet<String> = spans
        .iter()
        .filter(|span| span.name.starts_with("process "))
        .map(|span| span.trace_id.iter().map(|byte| format!("{byte:02x}")).collect())
        .collect();
    assert_eq!(processed.len(), 3);
    for metric in ["longshore_processing_duration_seconds", "longshore_queue_wait_seconds"] {
        let bucket = format!("{metric}_bucket");
        let with_exemplar = |line: &&str| line.starts_with(&bucket) && line.contains(" # ");
        let found: Vec<&str> = open.lines().filter(with_exemplar).collect();
        assert!(!found.is_empty(), "{metric} has no exemplar:\n{open}");
        for line in found {
            let trace = line.split("trace_id=\"").nth(1).unwrap();
            assert!(processed.contains(&trace[..32]), "{line} is not of {processed:?}");
        }
    }
}

async fn check_text_format(settings: &[&str]) {
    let (worker, _app, _server) = worked(settings).await;
    let (kind, text) = scrape(&worker, ACCEPT).await;
    assert_eq!(kind, "text/plain; version=0.0.4; charset=utf-8", "{settings:?}");
    assert_eq!(Scrape { text }.sum("longshore_messages_total", &[("result", "deleted")]), 3.0);
}

#[tokio::test]
async fn without_a_sampled_trace_every_scraper_gets_the_text_format() {
    check_text_format(&[]).await;
    let collector = Collector::http(Manners::Good).await;
    let endpoint = format!("otlp.endpoint={}", collector.url);
    check_text_format(&["--set", &endpoint, "--set", "otlp.traces.sampler=always_off"]).await;
}
