//! `--until-empty`, for cron jobs: everything is handled, then it ends by itself.

use std::time::Duration;

use longshore_local::Counts;

use super::app::App;
use super::longshore::Longshore;
use crate::support::test_server::{QUEUE, TestServer};

const BRISK: [&str; 3] = ["--until-empty", "--set", "defaults.wait=1s"];

#[tokio::test]
async fn a_drained_queue_is_a_success() {
    let server = TestServer::open().await;
    server.send_many(300).await;
    let app = App::taking(Duration::from_millis(5)).await;
    let arguments = [&BRISK[..], &["--queue", QUEUE, "--http", app.url()]].concat();
    let ended = Longshore::run(&server.local, &arguments).ends().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.lines);
    assert_eq!(app.log().len(), 300);
    assert!(app.log().times().values().all(|times| *times == 1));
    assert_eq!(server.local.counts(QUEUE).unwrap(), Counts::default());
}

#[tokio::test]
async fn a_missing_queue_is_a_failure_with_the_reason() {
    let server = TestServer::open().await;
    let arguments = [&BRISK[..], &["--queue", "gone", "--", "true"]].concat();
    let ended = Longshore::run(&server.local, &arguments).ends().await;
    assert_eq!(ended.code, Some(1));
    let line = ended.line("queue `gone`");
    assert!(line.contains("NonExistentQueue"), "{line}");
    assert!(line.contains("check the name, region and account of the queue"), "{line}");
    assert_eq!(server.local.requests().total(), 1);
}
