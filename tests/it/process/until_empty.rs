//! `--until-empty`, for cron jobs: everything is handled, then it ends by itself.

use std::time::Duration;

use longshore_local::Counts;

use super::app::App;
use super::longshore::Longshore;
use crate::support::harbour::{Harbour, QUEUE};

const BRISK: [&str; 3] = ["--until-empty", "--set", "defaults.wait=1s"];

#[tokio::test]
async fn a_queue_is_drained_and_the_end_is_a_success() {
    let harbour = Harbour::open().await;
    harbour.send_many(300).await;
    let app = App::taking(Duration::from_millis(5)).await;
    let arguments = [&BRISK[..], &["--queue", QUEUE, "--http", app.url()]].concat();
    let ended = Longshore::run(&harbour.local, &arguments).ends().await;
    assert_eq!(ended.code, Some(0), "{:#?}", ended.lines);
    assert_eq!(app.log().len(), 300);
    assert!(app.log().times().values().all(|times| *times == 1));
    assert_eq!(harbour.local.counts(QUEUE).unwrap(), Counts::default());
}

#[tokio::test]
async fn a_queue_that_is_missing_is_a_failure_that_says_so() {
    let harbour = Harbour::open().await;
    let arguments = [&BRISK[..], &["--queue", "gone", "--", "true"]].concat();
    let ended = Longshore::run(&harbour.local, &arguments).ends().await;
    assert_eq!(ended.code, Some(1));
    let line = ended.line("queue `gone`");
    assert!(line.contains("NonExistentQueue"), "{line}");
    assert!(line.contains("check the queue's name, the region and the account"), "{line}");
    assert_eq!(harbour.local.requests().total(), 1);
}
