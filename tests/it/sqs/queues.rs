//! Many queues in one process: none hinders another.

use std::time::Duration;

use longshore::config::AwsConfig;
use longshore::{Connection, QueueAddress, Worker};
use longshore_local::{Action, Fault, Rule};

use super::scene::{assert_every_request_was_counted, brisk, stop};
use crate::support::test_server::{QUEUE, TestServer, soon};
use crate::support::{Log, Rig, Scrape};

/// Consumes `orders` of one server next to a queue that cannot be consumed, then stops.
async fn beside(other: &TestServer, name: &str) -> (TestServer, Scrape, Vec<String>) {
    let server = TestServer::open().await;
    server.send_many(50).await;
    let log = Log::default();
    let mut worker = Worker::builder();
    let idle = Log::default();
    let elsewhere = Connection::local(&other.local.endpoint_url());
    worker = worker.add_sqs(&elsewhere, brisk(name).build().unwrap(), idle.handler(Duration::ZERO));
    let here = Connection::local(&server.local.endpoint_url());
    worker = worker.add_sqs(&here, brisk(QUEUE).build().unwrap(), log.handler(Duration::ZERO));
    let rig = Rig::run(worker);
    log.until(50).await;
    let polling = server.local.until(QUEUE, |counts| counts.polls == 1 && counts.in_flight == 0);
    soon(polling).await.unwrap();
    let unready = rig.health.unready();
    let (_, scrape) = stop(rig).await;
    assert_eq!(idle.len(), 0);
    (server, scrape, unready)
}

#[tokio::test]
async fn a_missing_queue_does_not_affect_the_other() {
    let elsewhere = TestServer::open().await;
    let (_, scrape, unready) = beside(&elsewhere, "gone").await;
    assert!(unready[0].starts_with("queue `gone` is not polled:"), "{unready:?}");
    let missing = [("queue", "gone"), ("result", "missing")];
    assert_eq!(scrape.sum("longshore_api_requests_total", &missing), 1.0);
    assert_eq!(elsewhere.local.requests().total(), 1);
}

#[tokio::test]
async fn a_denied_queue_does_not_affect_the_other() {
    let elsewhere = TestServer::with("secret", &[]).await;
    let deny = Rule::new(Fault::AccessDenied).on(Action::ReceiveMessage);
    elsewhere.local.faults().add(deny);
    let (_, scrape, unready) = beside(&elsewhere, "secret").await;
    assert!(unready[0].starts_with("queue `secret` is not polled:"), "{unready:?}");
    let denied = [("queue", "secret"), ("result", "denied")];
    assert_eq!(scrape.sum("longshore_api_requests_total", &denied), 1.0);
}

#[tokio::test]
async fn each_queue_has_its_own_poll_loops_and_metrics() {
    let server = TestServer::open().await;
    server.local.create_queue("mail", &[]).unwrap();
    server.send_many(5).await;
    let connection = Connection::local(&server.local.endpoint_url());
    let (orders, mail) = (Log::default(), Log::default());
    let mut worker = Worker::builder();
    worker =
        worker.add_sqs(&connection, brisk(QUEUE).build().unwrap(), orders.handler(Duration::ZERO));
    worker =
        worker.add_sqs(&connection, brisk("mail").build().unwrap(), mail.handler(Duration::ZERO));
    let rig = Rig::run(worker);
    orders.until(5).await;
    for queue in [QUEUE, "mail"] {
        let polled = server.local.until(queue, |counts| counts.polls == 1);
        soon(polled).await.unwrap();
        assert_eq!(rig.scrape().sum("longshore_pollers", &[("queue", queue)]), 1.0);
    }
    let (_, scrape) = stop(rig).await;
    let received = |queue| scrape.sum("longshore_messages_received_total", &[("queue", queue)]);
    assert_eq!((received(QUEUE), received("mail")), (5.0, 0.0));
    assert_every_request_was_counted(&scrape, &server.local);
}

#[tokio::test]
async fn long_polls_of_idle_queues_do_not_block_a_busy_queue() {
    let server = TestServer::open().await;
    let connection = Connection::local(&server.local.endpoint_url());
    let (busy, idle) = (Log::default(), Log::default());
    // Room for three, and two of them taken by polls that find nothing.
    let mut worker = Worker::builder().concurrency(3);
    for name in ["mail", "parcels"] {
        server.local.create_queue(name, &[]).unwrap();
        let mut config = brisk(name);
        config.wait = Duration::from_secs(20);
        worker = worker.add_sqs(&connection, config.build().unwrap(), idle.handler(Duration::ZERO));
    }
    worker =
        worker.add_sqs(&connection, brisk(QUEUE).build().unwrap(), busy.handler(Duration::ZERO));
    let rig = Rig::run(worker);
    for name in ["mail", "parcels"] {
        soon(server.local.until(name, |counts| counts.polls == 1)).await.unwrap();
    }
    server.send_many(60).await;
    soon(busy.until(60)).await;
    for name in ["mail", "parcels"] {
        assert_eq!(server.local.open_polls(name), 1, "{name}: its first poll is still open");
        let empty = [("queue", name), ("outcome", "empty")];
        let ended = rig.scrape().sum("longshore_receive_duration_seconds_count", &empty);
        assert_eq!(ended, 0.0, "{name}: no poll of it has ended");
        let url = server.url.replace(QUEUE, name);
        server.sqs.send_message().queue_url(url).message_body(name).send().await.unwrap();
    }
    idle.until(2).await;
    rig.stop.hurry();
    soon(rig.end()).await;
}

/// What each of two queues with full backlogs had handled when the other's were through.
async fn contest(weight: u32) -> (usize, usize) {
    const EACH: usize = 150;
    let server = TestServer::open().await;
    let connection = Connection::local(&server.local.endpoint_url());
    let url = server.local.create_queue("mail", &[]).unwrap();
    server.send_many(EACH).await;
    let mail = TestServer { sqs: server.sqs.clone(), local: server.local, url };
    mail.send_many(EACH).await;
    let (heavy, light) = (Log::default(), Log::default());
    let mut worker = Worker::builder().concurrency(10);
    for (name, weight, log) in [(QUEUE, weight, &heavy), ("mail", 1, &light)] {
        let mut config = brisk(name);
        // The shared room is what is short, not the queues' own.
        (config.weight, config.concurrency) = (weight, 40);
        worker = worker.add_sqs(
            &connection,
            config.build().unwrap(),
            log.handler(Duration::from_millis(10)),
        );
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
async fn no_queue_starves_and_more_weight_gets_more_slots() {
    let (even, other) = contest(1).await;
    assert!(other * 2 >= even, "{other} against {even}");
    let (heavy, light) = contest(5).await;
    assert!(light >= 10, "the light queue starved: {light} against {heavy}");
    assert!(heavy >= light * 2, "its weight got it nothing: {light} against {heavy}");
}

#[tokio::test]
async fn a_queue_url_determines_the_endpoint() {
    let server = TestServer::open().await;
    server.send("m").await;
    let aws = AwsConfig::default().region("us-east-1");
    let connection = Connection::open(&aws).await.unwrap();
    let mut config = brisk(QUEUE);
    config.address = QueueAddress::Url(server.url.clone());
    let log = Log::default();
    let mut worker = Worker::builder();
    worker = worker.add_sqs(&connection, config.build().unwrap(), log.handler(Duration::ZERO));
    let rig = Rig::run(worker);
    log.until(1).await;
    let (_, scrape) = stop(rig).await;
    assert_every_request_was_counted(&scrape, &server.local);
}
