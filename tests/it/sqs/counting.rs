//! No request to SQS goes uncounted, whatever becomes of it.

use std::time::Duration;

use longshore_local::{Action, Fault, Rule};

use super::scene::{assert_every_request_was_counted, brisk, start, stop};
use crate::support::test_server::{QUEUE, TestServer, soon};
use crate::support::{Log, Scrape};

/// Works a queue of 40 messages dry under these faults, and returns the last scrape.
async fn drained(rules: Vec<Rule>) -> Scrape {
    let server = TestServer::open().await;
    server.send_many(40).await;
    for rule in rules {
        server.local.faults().add(rule);
    }
    let mut config = brisk(QUEUE);
    config.visibility = Duration::from_secs(10);
    let log = Log::default();
    let rig = start(&server.local, config, log.handler(Duration::from_millis(20)));
    log.until(40).await;
    let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    soon(soon(empty)).await.unwrap();
    let (_, scrape) = stop(rig).await;
    assert_every_request_was_counted(&scrape, &server.local);
    scrape
}

fn attempts(scrape: &Scrape, action: &str, result: &str) -> f64 {
    scrape.sum("longshore_api_requests_total", &[("action", action), ("result", result)])
}

#[tokio::test]
async fn throttled_requests_are_counted() {
    let scrape = drained(vec![
        Rule::new(Fault::Throttle).on(Action::ReceiveMessage).next(2),
        Rule::new(Fault::RateExceeded).on(Action::DeleteMessageBatch).next(2),
    ])
    .await;
    assert_eq!(attempts(&scrape, "receive", "throttled"), 2.0);
    assert_eq!(attempts(&scrape, "delete", "throttled"), 2.0);
}

#[tokio::test]
async fn failures_of_the_service_are_counted() {
    let scrape = drained(vec![
        Rule::new(Fault::InternalFailure).on(Action::ReceiveMessage).next(1),
        Rule::new(Fault::Unavailable).on(Action::ReceiveMessage).next(1),
        Rule::new(Fault::InternalFailure).on(Action::DeleteMessageBatch).next(2),
        Rule::new(Fault::InternalFailure).on(Action::GetQueueUrl).next(1),
    ])
    .await;
    assert_eq!(attempts(&scrape, "receive", "unavailable"), 2.0);
    assert_eq!(attempts(&scrape, "delete", "unavailable"), 2.0);
    assert_eq!(attempts(&scrape, "get_url", "unavailable"), 1.0);
}

#[tokio::test]
async fn requests_without_an_answer_are_counted() {
    let scrape = drained(vec![
        Rule::new(Fault::CutConnection).on(Action::ReceiveMessage).next(2),
        Rule::new(Fault::LoseAnswer).on(Action::ReceiveMessage).next(1),
        Rule::new(Fault::CutConnection).on(Action::DeleteMessageBatch).next(2),
        Rule::new(Fault::LoseAnswer).on(Action::DeleteMessageBatch).next(2),
    ])
    .await;
    assert_eq!(attempts(&scrape, "receive", "unavailable"), 3.0);
    assert_eq!(attempts(&scrape, "delete", "unavailable"), 4.0);
}

#[tokio::test]
async fn a_request_without_an_answer_is_counted_as_timeout() {
    // Longer than the five seconds that a delete may take.
    let late = Fault::Latency(Duration::from_secs(7));
    let scrape = drained(vec![Rule::new(late).on(Action::DeleteMessageBatch).next(1)]).await;
    assert_eq!(attempts(&scrape, "delete", "timeout"), 1.0);
}

#[tokio::test]
async fn a_batch_that_fails_in_part_is_one_request_and_its_rest_another() {
    let scrape =
        drained(vec![Rule::new(Fault::FailEntry).on(Action::DeleteMessageBatch).next(3)]).await;
    assert_eq!(
        attempts(&scrape, "delete", "ok"),
        scrape.sum("longshore_api_requests_total", &[("action", "delete")],)
    );
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "deleted")]), 40.0);
    let sent = scrape.sum("longshore_settle_batch_size_sum", &[("action", "delete")]);
    assert_eq!(sent, 43.0, "40 messages, three of them twice");
}
