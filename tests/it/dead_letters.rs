//! The depth of the dead-letter queue: when the worker asks for it, and what it shows.

use std::time::Duration;

use longshore::queue::FailureKind;
use longshore::worker::WorkerBuilder;
use longshore::{Context, Message, Stop, Worker};
use tokio::time::sleep;

use crate::support::{FakeQueue, Rig, config};

const DEPTH: &str = "longshore_dead_letter_messages";
const HOUR: Duration = Duration::from_secs(3600);

async fn done(_: Message, _: Context) {}

fn with_dead_letters(messages: u64) -> FakeQueue {
    let queue = FakeQueue::default();
    queue.redrive_after(3);
    queue.report_dead_letters(messages, Duration::from_secs(14 * 86_400));
    queue
}

fn says(rig: &Rig) -> String {
    let report = longshore::report::Report::new(&rig.metrics, &rig.health);
    report.queues[0].verdict.says.clone()
}

#[tokio::test(start_paused = true)]
async fn the_depth_is_read_at_the_start_and_at_the_interval() {
    let queue = with_dead_letters(2);
    let rig = Rig::start(&queue, done);
    sleep(Duration::from_secs(60)).await;
    assert_eq!(rig.scrape().sum(DEPTH, &[]), 2.0);
    assert_eq!(rig.scrape().sum("longshore_dead_letter_retention_seconds", &[]), 1_209_600.0);
    assert_eq!(says(&rig), "at risk – 2 messages wait in the dead-letter queue");
    queue.report_dead_letters(0, HOUR);
    sleep(Duration::from_secs(600)).await;
    assert_eq!(rig.scrape().sum(DEPTH, &[]), 2.0, "it asks every 15 minutes");
    sleep(Duration::from_secs(300)).await;
    assert_eq!(rig.scrape().sum(DEPTH, &[]), 0.0);
    assert_eq!(says(&rig), "well – no message received yet");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_requests_of_a_day_are_as_many_as_the_documents_say() {
    let asked = async |interval: u64| {
        let mut config = config("orders");
        config.dead_letter_interval = Duration::from_secs(interval);
        let queue = with_dead_letters(0);
        let rig = Rig::with(&queue, config, done);
        sleep(24 * HOUR - Duration::from_secs(60)).await;
        rig.stop().await;
        queue.counts().attributes
    };
    assert_eq!(asked(900).await - asked(0).await, 96);
}

#[tokio::test(start_paused = true)]
async fn without_a_dead_letter_queue_its_depth_is_not_known() {
    let rig = Rig::start(&FakeQueue::default(), done);
    sleep(HOUR).await;
    assert!(!rig.scrape().text.contains(&format!("\n{DEPTH}{{")));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_worker_whose_future_is_dropped_asks_no_more() {
    let queue = with_dead_letters(2);
    let orders = config("orders").build().unwrap();
    let worker = Worker::builder().add(orders, queue.clone(), done).build().unwrap();
    let minute = Duration::from_secs(60);
    assert!(tokio::time::timeout(minute, worker.run(Stop::new())).await.is_err());
    let asked = queue.counts().attributes;
    sleep(2 * HOUR).await;
    assert_eq!((asked, queue.counts().attributes), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_job_does_not_ask() {
    let queue = with_dead_letters(2);
    let rig = Rig::build(&queue, config("orders"), done, WorkerBuilder::until_empty);
    rig.end().await;
    assert_eq!(queue.counts().attributes, 1);
}

#[tokio::test(start_paused = true)]
async fn without_permission_it_asks_every_hour_and_the_queue_is_well() {
    let queue = with_dead_letters(2);
    queue.fail_dead_letter_queue(&[FailureKind::Denied, FailureKind::Denied]);
    let rig = Rig::start(&queue, done);
    sleep(Duration::from_secs(60)).await;
    let denied = [("action", "get_attributes"), ("result", "denied")];
    assert_eq!(rig.scrape().sum("longshore_api_requests_total", &denied), 1.0);
    assert_eq!(says(&rig), "well – no message received yet");
    assert!(!rig.scrape().text.contains(&format!("\n{DEPTH}{{")));
    sleep(5 * HOUR).await;
    assert_eq!(rig.scrape().sum(DEPTH, &[]), 2.0);
    rig.stop().await;
}
