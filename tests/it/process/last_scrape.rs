//! The scraper sees the last events, or the log says that it missed them.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::app::App;
use super::longshore::Longshore;
use super::prometheus::Prometheus;
use crate::support::Scrape;
use crate::support::test_server::{QUEUE, TestServer};

/// Tells that it has begun, and outlasts every grace.
const SLOW: &str = r#"echo "began $(cat)" >&2; sleep 20"#;

/// What the worker says when all work has ended.
const WAITING: &str = "waiting for the last scrape";

/// A worker with its only slot taken by a message that it will have to abort, half a second after
/// it is stopped. So no receive is open at that moment.
async fn busy(server: &TestServer, last_scrape: &str) -> Longshore {
    server.send("slow").await;
    let last_scrape = format!("shutdown.last_scrape={last_scrape}");
    let settings = ["--grace", "500ms", "--set", "defaults.concurrency=1", "--set", &last_scrape];
    let command = ["--queue", QUEUE, "--", "sh", "-c", SLOW];
    let worker = Longshore::run(&server.local, &[&settings[..], &command].concat());
    worker.says("began slow").await;
    worker
}

fn aborted(scrape: &Scrape) -> f64 {
    scrape.sum("longshore_messages_aborted_total", &[])
}

#[tokio::test]
async fn a_message_aborted_by_the_shutdown_is_in_the_last_scrape() {
    let server = TestServer::open().await;
    let worker = busy(&server, "60s").await;
    let prometheus = Prometheus::of(&worker).await;
    let before = prometheus.scrapes().await;
    assert_eq!(aborted(&before), 0.0);
    assert_eq!(before.sum("longshore_last_scrape_pending", &[]), 0.0);
    worker.terminate();
    worker.says(WAITING).await;

    assert_eq!(worker.get("/livez").await.0, 200);
    assert_eq!(worker.get("/readyz").await.0, 503);
    let last = prometheus.scrapes().await;
    last.assert_every_message_is_accounted_for();
    assert_eq!(aborted(&last), 1.0);
    assert_eq!(last.sum("longshore_shutdown_messages_total", &[("fate", "aborted")]), 1.0);
    assert_eq!(last.sum("longshore_messages_in_flight", &[]), 0.0);
    assert_eq!(last.sum("longshore_last_scrape_pending", &[]), 1.0);

    let ended = worker.ends().await;
    assert_eq!((ended.code, ended.ledger()), (Some(3), [0, 0, 0, 1, 0]));
    let (outcome, seconds) = ended.last_scrape();
    assert_eq!(outcome, "seen");
    assert!(seconds < 30.0, "{seconds}");
}

#[tokio::test]
async fn without_the_last_scrape_the_aborted_message_is_lost() {
    let server = TestServer::open().await;
    let worker = busy(&server, "0s").await;
    let prometheus = Prometheus::of(&worker).await;
    assert_eq!(aborted(&prometheus.scrapes().await), 0.0);
    worker.terminate();
    let ended = worker.ends().await;
    assert!(prometheus.tries().await.is_none(), "the metrics went with the process");
    assert_eq!((ended.code, ended.ledger()), (Some(3), [0, 0, 0, 1, 0]));
    assert_eq!(ended.last_scrape(), ("off".to_owned(), 0.0));
}

#[tokio::test]
async fn every_scraper_is_waited_for() {
    let server = TestServer::open().await;
    let worker = busy(&server, "60s").await;
    let first = Prometheus::of(&worker).await;
    let second = Prometheus::with_agent(&worker, "Datadog Agent/7.50.0").await;
    first.scrapes().await;
    second.scrapes().await;
    worker.terminate();
    assert!(worker.says(WAITING).await.contains(r#""scrapers":2"#));
    for _ in 0..3 {
        assert_eq!(aborted(&first.scrapes().await), 1.0);
    }
    assert_eq!(aborted(&second.scrapes().await), 1.0);
    assert_eq!(worker.ends().await.last_scrape().0, "seen");
}

#[tokio::test]
async fn curl_is_not_waited_for() {
    let server = TestServer::open().await;
    let worker = busy(&server, "60s").await;
    Prometheus::with_agent(&worker, "curl/7.88.1").await.scrapes().await;
    let told = Instant::now();
    worker.terminate();
    let ended = worker.ends().await;
    assert_eq!(ended.last_scrape(), ("no scraper".to_owned(), 0.0));
    assert!(told.elapsed() < Duration::from_secs(30), "{:?}", told.elapsed());
    assert_eq!(ended.code, Some(3));
}

#[tokio::test]
async fn a_missing_scraper_is_named_after_the_limit() {
    let server = TestServer::open().await;
    let worker = busy(&server, "1s").await;
    Prometheus::of(&worker).await.scrapes().await;
    worker.terminate();
    let ended = worker.ends().await;
    let (outcome, seconds) = ended.last_scrape();
    assert_eq!((outcome.as_str(), ended.code), ("timed out", Some(3)));
    assert!((1.0..10.0).contains(&seconds), "{seconds}");
    let complaint = ended.line("scraper missed the final metrics");
    assert!(complaint.contains("Prometheus/2.42.0 at 127.0.0.1"), "{complaint}");
    assert!(complaint.contains("WARN"), "{complaint}");
}

#[tokio::test]
async fn another_signal_ends_the_wait() {
    let server = TestServer::open().await;
    let worker = busy(&server, "60s").await;
    Prometheus::of(&worker).await.scrapes().await;
    worker.terminate();
    worker.says(WAITING).await;
    worker.terminate();
    let ended = worker.ends().await;
    let (outcome, seconds) = ended.last_scrape();
    assert_eq!((outcome.as_str(), ended.code), ("cut short", Some(3)));
    assert!(seconds < 30.0, "{seconds}");
}

#[tokio::test]
async fn a_run_until_empty_waits_for_the_last_scrape() {
    let server = TestServer::open().await;
    server.send("one").await;
    let scraped_once = Arc::new(Notify::new());
    let gate = scraped_once.clone();
    let app = App::answering(move |_| {
        let gate = gate.clone();
        async move {
            gate.notified().await;
            200
        }
    })
    .await;
    let settings =
        ["--until-empty", "--set", "shutdown.last_scrape=60s", "--set", "defaults.wait=1s"];
    let arguments = [&settings[..], &["--queue", QUEUE, "--http", app.url()]].concat();
    let worker = Longshore::run(&server.local, &arguments);
    app.log().until(1).await;
    let prometheus = Prometheus::of(&worker).await;
    prometheus.scrapes().await;
    scraped_once.notify_one();
    worker.says(WAITING).await;
    let last = prometheus.scrapes().await;
    assert_eq!(last.sum("longshore_messages_total", &[("result", "deleted")]), 1.0);
    assert_eq!(worker.ends().await.code, Some(0));
}
