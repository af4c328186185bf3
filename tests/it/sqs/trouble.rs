//! Faults of the queue and of the way to it: nothing is lost, everything is accounted for.

use std::time::Duration;

use longshore_local::{Action, Fault, Rule};
use tokio::time::Instant;

use super::scene::{assert_every_request_was_counted, brisk, start, stop};
use crate::support::Log;
use crate::support::harbour::{Harbour, QUEUE, soon};

const RECEIVE: Action = Action::ReceiveMessage;
const DELETE: Action = Action::DeleteMessageBatch;

#[tokio::test]
async fn duplicates_lost_answers_and_refused_entries_lose_no_message() {
    let harbour = Harbour::open().await;
    harbour.send_many(200).await;
    let faults = harbour.local.faults();
    faults.add(Rule::new(Fault::Duplicate).chance(0.2));
    faults.add(Rule::new(Fault::LoseAnswer).on(DELETE).chance(0.3));
    faults.add(Rule::new(Fault::FailEntry).on(DELETE).chance(0.2));
    faults.add(Rule::new(Fault::LoseAnswer).on(RECEIVE).chance(0.1));
    faults.add(Rule::new(Fault::InternalFailure).chance(0.1));
    let mut config = brisk(QUEUE);
    config.visibility = Duration::from_secs(2);
    let log = Log::default();
    let rig = start(&harbour.local, config, log.handler(Duration::from_millis(5)));
    log.until(200).await;
    faults.clear();
    let empty = harbour.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    soon(empty).await.unwrap();
    // Checks that received = settled + abandoned + in flight.
    let (_, scrape) = stop(rig).await;
    let handled: u32 = log.times().values().sum();
    assert!(handled > 200, "the faults brought no duplicates");
    assert_eq!(scrape.sum("longshore_messages_received_total", &[]), f64::from(handled));
    assert_every_request_was_counted(&scrape, &harbour.local);
}

#[tokio::test]
async fn throttled_receives_come_ever_more_slowly_and_then_go_on() {
    let harbour = Harbour::open().await;
    harbour.send("patient").await;
    harbour.local.faults().add(Rule::new(Fault::Throttle).on(RECEIVE));
    let log = Log::default();
    let rig = start(&harbour.local, brisk(QUEUE), log.handler(Duration::ZERO));
    soon(harbour.local.until_requests(|requests| requests.get(RECEIVE) == 1)).await;
    let first = Instant::now();
    soon(harbour.local.until_requests(|requests| requests.get(RECEIVE) >= 4)).await;
    // At the least a quarter, a half and a whole second between them.
    assert!(first.elapsed() >= Duration::from_millis(1700), "{:?}", first.elapsed());
    harbour.local.faults().clear();
    log.until(1).await;
    let (_, scrape) = stop(rig).await;
    assert!(scrape.sum("longshore_api_requests_total", &[("result", "throttled")]) >= 4.0);
    assert_every_request_was_counted(&scrape, &harbour.local);
}

#[tokio::test]
async fn a_message_whose_receive_was_answered_to_nobody_comes_again() {
    let harbour = Harbour::open().await;
    harbour.send("lost once").await;
    harbour.local.faults().add(Rule::new(Fault::LoseAnswer).on(RECEIVE).next(1));
    let mut config = brisk(QUEUE);
    config.visibility = Duration::from_secs(1);
    let log = Log::default();
    let rig = start(&harbour.local, config, log.handler(Duration::ZERO));
    log.until(1).await;
    let (_, scrape) = stop(rig).await;
    let redelivered = [("delivery", "redelivery")];
    assert_eq!(scrape.sum("longshore_messages_received_total", &redelivered), 1.0);
    assert_eq!(harbour.local.counts(QUEUE).unwrap(), Default::default());
}
