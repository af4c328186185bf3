//! Many queues in one process: none hinders another.

use std::time::Duration;

use longshore::config::AwsConfig;
use longshore::{Connection, QueueAddress};
use longshore_local::{Action, Fault, Rule};

use super::scene::{assert_every_request_was_counted, brisk, stop, worker};
use crate::support::harbour::{Harbour, QUEUE, soon};
use crate::support::{Log, Rig, Scrape};

/// Works `orders` of one server beside a queue that cannot be worked, and drains the former.
async fn beside(other: &Harbour, name: &str) -> (Harbour, Scrape, Vec<String>) {
    let harbour = Harbour::open().await;
    harbour.send_many(50).await;
    let log = Log::default();
    let mut worker = worker(None);
    let idle = Log::default();
    let elsewhere = Connection::local(&other.local.endpoint_url());
    worker.add_sqs(&elsewhere, brisk(name), idle.handler(Duration::ZERO));
    let here = Connection::local(&harbour.local.endpoint_url());
    worker.add_sqs(&here, brisk(QUEUE), log.handler(Duration::ZERO));
    let rig = Rig::run(worker);
    log.until(50).await;
    let polling = harbour.local.until(QUEUE, |counts| counts.polls == 1 && counts.in_flight == 0);
    soon(polling).await.unwrap();
    let unready = rig.health.unready();
    let (_, scrape) = stop(rig).await;
    assert_eq!(idle.len(), 0);
    (harbour, scrape, unready)
}

#[tokio::test]
async fn a_queue_that_is_missing_does_not_hinder_the_other() {
    let elsewhere = Harbour::open().await;
    let (_, scrape, unready) = beside(&elsewhere, "gone").await;
    assert!(unready[0].starts_with("queue `gone` is not polled:"), "{unready:?}");
    let missing = [("queue", "gone"), ("result", "missing")];
    assert_eq!(scrape.sum("longshore_api_requests_total", &missing), 1.0);
    assert_eq!(elsewhere.local.requests().total(), 1);
}

#[tokio::test]
async fn a_queue_that_is_denied_does_not_hinder_the_other() {
    let elsewhere = Harbour::with("secret", &[]).await;
    let deny = Rule::new(Fault::AccessDenied).on(Action::ReceiveMessage);
    elsewhere.local.faults().add(deny);
    let (_, scrape, unready) = beside(&elsewhere, "secret").await;
    assert!(unready[0].starts_with("queue `secret` is not polled:"), "{unready:?}");
    let denied = [("queue", "secret"), ("result", "denied")];
    assert_eq!(scrape.sum("longshore_api_requests_total", &denied), 1.0);
}

#[tokio::test]
async fn each_queue_has_pollers_and_metrics_of_its_own() {
    let harbour = Harbour::open().await;
    harbour.local.create_queue("mail", &[]).unwrap();
    harbour.send_many(5).await;
    let connection = Connection::local(&harbour.local.endpoint_url());
    let (orders, mail) = (Log::default(), Log::default());
    let mut worker = worker(None);
    worker.add_sqs(&connection, brisk(QUEUE), orders.handler(Duration::ZERO));
    worker.add_sqs(&connection, brisk("mail"), mail.handler(Duration::ZERO));
    let rig = Rig::run(worker);
    orders.until(5).await;
    for queue in [QUEUE, "mail"] {
        let polled = harbour.local.until(queue, |counts| counts.polls == 1);
        soon(polled).await.unwrap();
        assert_eq!(rig.scrape().sum("longshore_pollers", &[("queue", queue)]), 1.0);
    }
    let (_, scrape) = stop(rig).await;
    let received = |queue| scrape.sum("longshore_messages_received_total", &[("queue", queue)]);
    assert_eq!((received(QUEUE), received("mail")), (5.0, 0.0));
    assert_every_request_was_counted(&scrape, &harbour.local);
}

#[tokio::test]
async fn the_long_polls_of_idle_queues_do_not_keep_a_busy_one_from_the_shared_room() {
    let harbour = Harbour::open().await;
    let connection = Connection::local(&harbour.local.endpoint_url());
    let (busy, idle) = (Log::default(), Log::default());
    // Room for three, and two of them taken by polls that find nothing.
    let mut worker = worker(Some(3));
    for name in ["mail", "parcels"] {
        harbour.local.create_queue(name, &[]).unwrap();
        let mut config = brisk(name);
        config.wait = Duration::from_secs(20);
        worker.add_sqs(&connection, config, idle.handler(Duration::ZERO));
    }
    worker.add_sqs(&connection, brisk(QUEUE), busy.handler(Duration::ZERO));
    let rig = Rig::run(worker);
    for name in ["mail", "parcels"] {
        soon(harbour.local.until(name, |counts| counts.polls == 1)).await.unwrap();
    }
    harbour.send_many(60).await;
    soon(busy.until(60)).await;
    for name in ["mail", "parcels"] {
        assert_eq!(harbour.local.open_polls(name), 1, "{name}: its first poll is still open");
        let empty = [("queue", name), ("outcome", "empty")];
        let ended = rig.scrape().sum("longshore_receive_duration_seconds_count", &empty);
        assert_eq!(ended, 0.0, "{name}: no poll of it has ended");
        let url = harbour.url.replace(QUEUE, name);
        harbour.sqs.send_message().queue_url(url).message_body(name).send().await.unwrap();
    }
    idle.until(2).await;
    rig.stop.hurry();
    soon(rig.end()).await;
}

/// What each of two queues with full backlogs had handled when the other's were through.
async fn contest(weight: u32) -> (usize, usize) {
    const EACH: usize = 150;
    let harbour = Harbour::open().await;
    let connection = Connection::local(&harbour.local.endpoint_url());
    let url = harbour.local.create_queue("mail", &[]).unwrap();
    harbour.send_many(EACH).await;
    let mail = Harbour { sqs: harbour.sqs.clone(), local: harbour.local, url };
    mail.send_many(EACH).await;
    let (heavy, light) = (Log::default(), Log::default());
    let mut worker = worker(Some(10));
    for (name, weight, log) in [(QUEUE, weight, &heavy), ("mail", 1, &light)] {
        let mut config = brisk(name);
        // The shared room is what is short, not the queues' own.
        (config.weight, config.concurrency) = (weight, 40);
        worker.add_sqs(&connection, config, log.handler(Duration::from_millis(10)));
    }
    let rig = Rig::run(worker);
    heavy.until(EACH * 3 / 4).await;
    let seen = (heavy.len(), light.len());
    light.until(EACH).await;
    heavy.until(EACH).await;
    stop(rig).await;
    seen
}

#[tokio::test]
async fn no_queue_starves_and_the_heavier_gets_more() {
    let (even, other) = contest(1).await;
    assert!(other * 2 >= even, "{other} against {even}");
    let (heavy, light) = contest(5).await;
    assert!(light >= 10, "the light queue starved: {light} against {heavy}");
    assert!(heavy >= light * 2, "its weight got it nothing: {light} against {heavy}");
}

#[tokio::test]
async fn a_queues_url_alone_leads_to_its_server() {
    let harbour = Harbour::open().await;
    harbour.send("m").await;
    let aws = AwsConfig { region: Some("eu-west-1".to_owned()), endpoint_url: None };
    let connection = Connection::open(&aws).await;
    let mut config = brisk(QUEUE);
    config.address = QueueAddress::Url(harbour.url.clone());
    let log = Log::default();
    let mut worker = worker(None);
    worker.add_sqs(&connection, config, log.handler(Duration::ZERO));
    let rig = Rig::run(worker);
    log.until(1).await;
    let (_, scrape) = stop(rig).await;
    assert_every_request_was_counted(&scrape, &harbour.local);
}
