//! A stderr that is not read: the worker continues, obeys its signals, and reports its lost lines.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::app::App;
use super::longshore::Longshore;
use crate::support::test_server::{QUEUE, TestServer};

/// At level `debug`, more lines than the pipe and the buffer take.
const MANY: usize = 6_000;
const DROPPED: &str = "longshore_log_lines_dropped_total";

/// A worker whose stderr is no longer read, so that it has dropped log lines.
async fn stuck(server: &TestServer, app: &App) -> (Longshore, String) {
    let settings = ["--log-level", "debug", "--set", "defaults.wait=1s"];
    let queue = ["--queue", QUEUE, "--http", app.url()];
    let worker = Longshore::run(&server.local, &[&settings[..], &queue].concat());
    let admin = worker.admin().await;
    worker.read_stderr(false);
    server.send_many(MANY).await;
    app.log().until(MANY).await;
    (worker, admin)
}

/// The number of dropped lines, at the address that the log named.
async fn dropped(admin: &str) -> f64 {
    let text = reqwest::get(format!("{admin}/metrics")).await.unwrap().text().await.unwrap();
    crate::support::Scrape { text }.sum(DROPPED, &[])
}

#[tokio::test]
async fn a_stderr_that_is_not_read_stops_neither_work_nor_shutdown() {
    let server = TestServer::open().await;
    let app = App::answering(|_| async { 200 }).await;
    let (worker, admin) = stuck(&server, &app).await;
    while dropped(&admin).await == 0.0 {
        sleep(Duration::from_millis(50)).await;
    }
    worker.terminate();
    let since = Instant::now();
    assert_eq!(worker.ends_unread().await, Some(0));
    assert!(since.elapsed() < Duration::from_secs(10), "{:?}", since.elapsed());
    let counts = server.local.counts(QUEUE).unwrap();
    assert_eq!((counts.visible, counts.in_flight), (0, 0), "every message was deleted");
}

#[tokio::test]
async fn lost_lines_and_the_ledger_are_logged_when_stderr_is_read_again() {
    let server = TestServer::open().await;
    let app = App::answering(|_| async { 200 }).await;
    let (worker, _) = stuck(&server, &app).await;
    worker.terminate();
    worker.read_stderr(true);
    let lost = worker.says("log lines were dropped").await;
    assert!(lost.contains(r#""level":"WARN""#) && lost.contains(r#""dropped":"#), "{lost}");
    let ended = worker.ends().await;
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.ledger()[3..], [0, 0]);
    assert!(ended.lines.iter().all(|line| line.starts_with('{')), "a line is torn");
}
