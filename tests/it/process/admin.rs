//! The admin endpoint of the real process: while it works, while it drains.

use std::io::Read as _;
use std::time::Duration;

use flate2::read::GzDecoder;

use super::app::App;
use super::longshore::Longshore;
use crate::support::test_server::{QUEUE, TestServer, soon};

#[tokio::test]
async fn the_endpoint_reports_the_drain() {
    let server = TestServer::open().await;
    server.send_many(3).await;
    let app = App::taking(Duration::from_secs(3)).await;
    let arguments = ["--set", "defaults.concurrency=3", "--queue", QUEUE, "--http", app.url()];
    let worker = Longshore::run(&server.local, &arguments);
    app.log().until(3).await;
    assert_eq!(worker.get("/livez").await, (200, "alive\n".to_owned()));
    assert_eq!(worker.get("/readyz").await, (200, "ready\n".to_owned()));
    assert_eq!(worker.scrape().await.sum("longshore_draining", &[]), 0.0);

    worker.stop().await;
    assert_eq!(worker.get("/livez").await.0, 200);
    let (status, reason) = worker.get("/readyz").await;
    assert_eq!((status, &*reason), (503, "not ready\ndraining: a shutdown has begun\n"));
    let scrape = worker.scrape().await;
    scrape.assert_the_identity();
    assert_eq!(scrape.sum("longshore_draining", &[]), 1.0);
    assert_eq!(scrape.sum("longshore_messages_in_flight", &[]), 3.0);
    assert_eq!(worker.ends().await.ledger(), [3, 0, 0, 0, 0]);
}

#[tokio::test]
async fn the_last_scrape_accounts_for_every_message() {
    let server = TestServer::open().await;
    server.send_many(30).await;
    let app = App::answering(|count| async move { if count < 2 { 400 } else { 200 } }).await;
    let settings = ["--set", "defaults.retry.base=1ms", "--set", "defaults.delete_linger=10ms"];
    let arguments = [&settings[..], &["--queue", QUEUE, "--http", app.url()]].concat();
    let worker = Longshore::run(&server.local, &arguments);
    worker.shows("longshore_messages_total", &[("result", "deleted")], 30.0).await;
    soon(server.local.until(QUEUE, |counts| counts.polls == 1)).await.unwrap();
    // The last poll is open: the process stays to be scraped while everything else is over.
    worker.stop().await;
    let scrape = worker.scrape().await;
    scrape.assert_every_message_is_accounted_for();
    let ended = |result| scrape.sum("longshore_messages_total", &[("result", result)]);
    assert_eq!((ended("deleted"), ended("retried")), (30.0, 30.0));
    assert_eq!(scrape.sum("longshore_messages_in_flight", &[]), 0.0);
    server.send("ends the poll").await;
    assert_eq!(worker.ends().await.ledger(), [0, 1, 1, 0, 0]);
}

#[tokio::test]
async fn large_responses_are_compressed_for_a_client_that_accepts_gzip() {
    let server = TestServer::open().await;
    let worker = Longshore::run(&server.local, &["--queue", QUEUE, "--", "true"]);
    let admin = worker.admin().await;
    let parts = [("/metrics", "longshore_pollers"), ("/slo", "\"orders\""), ("/", "</html>")];
    for (path, part) in parts {
        let request = reqwest::Client::new().get(format!("{admin}{path}"));
        let answer = request.header("accept-encoding", "gzip").send().await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], "gzip", "{path}");
        assert_eq!(answer.headers()["vary"], "accept-encoding", "{path}");
        let bytes = answer.bytes().await.unwrap();
        let mut text = String::new();
        GzDecoder::new(&*bytes).read_to_string(&mut text).unwrap();
        assert!(text.contains(part), "{path}: {text}");
        assert!(bytes.len() * 2 < text.len(), "{path}: {} of {}", bytes.len(), text.len());
        let (_, plain) = worker.get(path).await;
        assert!(plain.contains(part), "{path}: {plain}");
    }
}
