//! Faults of the queue and of the way to it: nothing is lost, everything is accounted for.

use std::time::Duration;

use longshore_local::{Action, Fault, Rule};
use tokio::time::Instant;

use super::scene::{assert_every_request_was_counted, brisk, start, stop};
use crate::support::Log;
use crate::support::test_server::{QUEUE, TestServer, soon};

const RECEIVE: Action = Action::ReceiveMessage;
const DELETE: Action = Action::DeleteMessageBatch;

#[tokio::test]
async fn duplicates_lost_answers_and_refused_entries_lose_no_message() {
    let server = TestServer::open().await;
    server.send_many(200).await;
    let faults = server.local.faults();
    faults.add(Rule::new(Fault::Duplicate).chance(0.2));
    faults.add(Rule::new(Fault::LoseAnswer).on(DELETE).chance(0.3));
    faults.add(Rule::new(Fault::FailEntry).on(DELETE).chance(0.2));
    faults.add(Rule::new(Fault::LoseAnswer).on(RECEIVE).chance(0.1));
    faults.add(Rule::new(Fault::InternalFailure).chance(0.1));
    let mut config = brisk(QUEUE);
    config.visibility = Duration::from_secs(10);
    let log = Log::default();
    let rig = start(&server.local, config, log.handler(Duration::from_millis(5)));
    log.until(200).await;
    faults.clear();
    let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    soon(empty).await.unwrap();
    // Checks that received = settled + abandoned + in flight.
    let (_, scrape) = stop(rig).await;
    let received = scrape.sum("longshore_messages_received_total", &[]);
    assert!(received > 200.0, "the faults brought no duplicates");
    // A duplicate of a message that is processed and not deleted yet is only deleted.
    let handled: u32 = log.times().values().sum();
    assert!(f64::from(handled) <= received, "{handled} handled, {received} received");
    assert_every_request_was_counted(&scrape, &server.local);
}

#[tokio::test]
async fn throttled_receives_back_off_and_recover() {
    let server = TestServer::open().await;
    server.send("patient").await;
    server.local.faults().add(Rule::new(Fault::Throttle).on(RECEIVE));
    let log = Log::default();
    let rig = start(&server.local, brisk(QUEUE), log.handler(Duration::ZERO));
    soon(server.local.until_requests(|requests| requests.get(RECEIVE) == 1)).await;
    let first = Instant::now();
    soon(server.local.until_requests(|requests| requests.get(RECEIVE) >= 4)).await;
    // At the least a quarter, a half and a whole second between them.
    assert!(first.elapsed() >= Duration::from_millis(1700), "{:?}", first.elapsed());
    server.local.faults().clear();
    log.until(1).await;
    let (_, scrape) = stop(rig).await;
    assert!(scrape.sum("longshore_api_requests_total", &[("result", "throttled")]) >= 4.0);
    assert_every_request_was_counted(&scrape, &server.local);
}

#[tokio::test]
async fn a_message_of_a_lost_answer_is_redelivered() {
    let server = TestServer::open().await;
    server.send("lost once").await;
    server.local.faults().add(Rule::new(Fault::LoseAnswer).on(RECEIVE).next(1));
    let mut config = brisk(QUEUE);
    config.visibility = Duration::from_secs(10);
    let log = Log::default();
    let rig = start(&server.local, config, log.handler(Duration::ZERO));
    log.until(1).await;
    let (_, scrape) = stop(rig).await;
    let redelivered = [("delivery", "redelivery")];
    assert_eq!(scrape.sum("longshore_messages_received_total", &redelivered), 1.0);
    assert_eq!(server.local.counts(QUEUE).unwrap(), Default::default());
}
