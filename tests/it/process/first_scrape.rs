//! A job waits until a scraper has its counters at zero, or the log says that none came.

use longshore::label::LabelSet;
use longshore::outcome::Settled;
use longshore_local::Counts;

use super::longshore::Longshore;
use super::prometheus::Prometheus;
use crate::support::test_server::{QUEUE, TestServer};

/// What a job says before its first receive.
const WAITING: &str = "waiting for the first scrape before the first receive";

/// The request of the test, which sends one message.
const SENT: u64 = 1;

/// A job with one message that its handler processes.
async fn job(server: &TestServer, first_scrape: &str) -> Longshore {
    server.send("one").await;
    let first_scrape = format!("admin.first_scrape={first_scrape}");
    let settings = ["--until-empty", "--set", "defaults.wait=1s", "--set", &first_scrape];
    Longshore::run(&server.local, &[&settings[..], &["--queue", QUEUE, "--", "true"]].concat())
}

#[tokio::test]
async fn a_job_receives_nothing_before_its_first_scrape() {
    let server = TestServer::open().await;
    let job = job(&server, "60s").await;
    job.says(WAITING).await;
    let (status, reasons) = job.get("/readyz").await;
    assert_eq!(status, 503);
    assert!(reasons.contains("waiting for the first scrape of the metrics"), "{reasons}");
    assert_eq!(job.get("/livez").await.0, 200);
    let (_, page) = job.get("/").await;
    assert!(page.contains("the worker waits for the first scrape of its metrics"), "{page}");
    assert!(job.get("/slo").await.1.contains(r#""state":"awaiting_first_scrape""#));
    // This client is not a scraper.
    job.scrape().await;
    assert_eq!(server.local.requests().total(), SENT);

    let prometheus = Prometheus::of(&job).await;
    let first = prometheus.scrapes().await;
    let of_messages = first.samples().filter(|(name, ..)| *name == "longshore_messages_total");
    let values: Vec<_> = of_messages.map(|(.., value)| value).collect();
    assert_eq!(values, [0.0; Settled::ALL.len()]);
    job.says("first scrape seen").await;
    let ended = job.ends().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.lines);
    assert_eq!(server.local.counts(QUEUE).unwrap(), Counts::default());
}

#[tokio::test]
async fn a_stop_ends_the_wait_for_the_first_scrape() {
    let server = TestServer::open().await;
    let job = job(&server, "1h").await;
    job.says(WAITING).await;
    job.terminate();
    let ended = job.ends().await;
    assert_eq!((ended.code, ended.ledger()), (Some(0), [0, 0, 0, 0, 0]));
    assert_eq!(server.local.requests().total(), SENT);
}

#[tokio::test]
async fn a_job_without_a_scraper_begins_after_the_limit_and_says_so() {
    let server = TestServer::open().await;
    let ended = job(&server, "100ms").await.ends().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.lines);
    let line = ended.line("no first scrape");
    assert!(line.contains("WARN") && line.contains("set it to 0s"), "{line}");
    assert_eq!(server.local.counts(QUEUE).unwrap(), Counts::default());
}

#[tokio::test]
async fn a_worker_that_runs_on_does_not_wait() {
    let server = TestServer::open().await;
    server.send("one").await;
    let settings = ["--set", "admin.first_scrape=60s", "--set", "defaults.wait=1s"];
    let command = ["--queue", QUEUE, "--", "true"];
    let worker = Longshore::run(&server.local, &[&settings[..], &command].concat());
    worker.shows("longshore_messages_total", &[("result", "deleted")], 1.0).await;
    worker.stop().await;
    let ended = worker.ends().await;
    assert!(!ended.lines.iter().any(|line| line.contains(WAITING)), "{:#?}", ended.lines);
}
