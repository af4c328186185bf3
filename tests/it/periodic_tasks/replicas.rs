//! Several replicas, and requests that fail.

use std::future::pending;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use longshore::queue::{
    FailureKind, Message, OutgoingMessage, Queue, QueueAttributes, QueueError, Receipt, Receive,
    Refused, Visibility,
};
use longshore_cron::LEASE;
use tokio::time::sleep;

use super::scene::{GRACE, LIMIT, Replica, SECOND, WallClock, minutes, task, times};
use super::table::FakeTable;
use crate::support::FakeQueue;

#[tokio::test(start_paused = true)]
async fn two_replicas_with_one_table_send_each_run_once() {
    let (clock, table, queue) = (WallClock::new(), FakeTable::default(), FakeQueue::new());
    let replica = || Replica::start(&clock, &table, queue.clone(), task("* * * * *"));
    let (one, other) = (replica(), replica());
    minutes(5).await;
    assert_eq!(times(&queue.outgoing()), ["10:01", "10:02", "10:03", "10:04", "10:05"]);
    assert_eq!(one.runs()[0] + other.runs()[0], 5.0);
    for replica in [&one, &other] {
        assert_eq!(replica.runs()[1..], [0.0; 3]);
    }
    // One item for the task, however many runs.
    assert_eq!(table.items().keys().collect::<Vec<_>>(), ["us-east-1/1/orders/backup"]);
    one.stop().await;
    other.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_is_that_of_elastic_beanstalk_and_its_request_is_counted() {
    let (clock, queue) = (WallClock::new(), FakeQueue::new());
    let replica = Replica::leader(&clock, &queue, task("* * * * *"));
    minutes(1).await;
    let [message] = &queue.outgoing()[..] else { panic!("{:?}", queue.outgoing()) };
    assert_eq!(message.body, "elasticbeanstalk scheduled job");
    let text = |name: &str| message.attributes[name].as_text().unwrap();
    assert_eq!(text("beanstalk.sqsd.path"), "/backup");
    assert_eq!(text("beanstalk.sqsd.task_name"), "backup");
    assert_eq!(text("beanstalk.sqsd.scheduled_time"), "2026-11-29 10:01:00 UTC");
    let scrape = replica.scrape();
    let sends = [("action", "send"), ("result", "ok")];
    assert_eq!(scrape.sum("longshore_api_requests_total", &sends), 1.0);
    assert_eq!(scrape.sum("longshore_billed_requests_total", &[("action", "send")]), 1.0);
    let of_task = [("queue", "orders"), ("task", "backup")];
    let last_run = scrape.sum("longshore_periodic_task_run_timestamp_seconds", &of_task);
    assert_eq!(last_run, 1_795_946_460.0);
    replica.stop().await;
}

/// A queue whose sends get no answer.
struct Silent;

impl Queue for Silent {
    fn receive(&self, _: Receive) -> BoxFuture<'_, Result<Vec<Message>, QueueError>> {
        pending().boxed()
    }

    fn delete<'a>(&'a self, _: &'a [Receipt]) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        pending().boxed()
    }

    fn change_visibility<'a>(
        &'a self,
        _: &'a [Visibility],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        pending().boxed()
    }

    fn attributes(&self) -> BoxFuture<'_, Result<QueueAttributes, QueueError>> {
        pending().boxed()
    }

    fn send_message<'a>(&'a self, _: &'a OutgoingMessage) -> BoxFuture<'a, Result<(), QueueError>> {
        pending().boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a_run_of_a_replica_that_dies_after_its_claim_is_sent_by_another() {
    let (clock, table, queue) = (WallClock::new(), FakeTable::default(), FakeQueue::new());
    let dying = Replica::start(&clock, &table, Silent, task("1 10 * * *"));
    sleep(31 * SECOND).await;
    dying.kill();
    let other = Replica::start(&clock, &table, queue.clone(), task("1 10 * * *"));
    sleep(LEASE - 2 * SECOND).await;
    assert_eq!(queue.outgoing(), [], "the claim has not run out");
    sleep(3 * SECOND).await;
    assert_eq!(times(&queue.outgoing()), ["10:01"]);
    assert_eq!(other.runs(), [1.0, 0.0, 0.0, 0.0]);
    other.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_claim_whose_answer_is_lost_is_repeated_by_its_owner() {
    let (clock, table, queue) = (WallClock::new(), FakeTable::default(), FakeQueue::new());
    let replica = Replica::start(&clock, &table, queue.clone(), task("1 10 * * *"));
    sleep(20 * SECOND).await;
    table.lose_answers(1);
    sleep(13 * SECOND).await;
    assert_eq!(times(&queue.outgoing()), ["10:01"]);
    assert_eq!(replica.runs(), [1.0, 0.0, 0.0, 0.0]);
    replica.stop().await;
}

#[tokio::test(start_paused = true)]
async fn without_the_table_no_run_is_sent_and_afterwards_it_is_late() {
    let (clock, table, queue) = (WallClock::new(), FakeTable::default(), FakeQueue::new());
    let replica = Replica::start(&clock, &table, queue.clone(), task("1 10 * * *"));
    sleep(10 * SECOND).await;
    table.is_down(true);
    minutes(3).await;
    assert_eq!(queue.outgoing(), []);
    table.is_down(false);
    sleep(16 * SECOND).await;
    assert_eq!(times(&queue.outgoing()), ["10:01"]);
    assert_eq!(replica.runs(), [0.0, 1.0, 0.0, 0.0]);
    replica.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_fails_until_its_grace_is_over_is_counted_once_and_not_sent() {
    let (clock, table, queue) = (WallClock::new(), FakeTable::default(), FakeQueue::new());
    let replica = Replica::start(&clock, &table, queue.clone(), task("1 10,11 * * *"));
    sleep(10 * SECOND).await;
    table.is_down(true);
    sleep(GRACE + 15 * SECOND).await;
    assert_eq!(replica.runs(), [0.0; 4]);
    minutes(2).await;
    assert_eq!(replica.runs(), [0.0, 0.0, 0.0, 1.0]);
    table.is_down(false);
    minutes(60).await;
    assert_eq!(times(&queue.outgoing()), ["11:01"]);
    assert_eq!(replica.runs(), [1.0, 0.0, 0.0, 1.0]);
    replica.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_table_that_is_down_from_the_start_counts_the_runs_since_then() {
    let (clock, table, queue) = (WallClock::new(), FakeTable::default(), FakeQueue::new());
    table.is_down(true);
    let replica = Replica::start(&clock, &table, queue.clone(), task("1 10 * * *"));
    minutes(8).await;
    assert_eq!((queue.outgoing(), replica.runs()), (Vec::new(), [0.0, 0.0, 0.0, 1.0]));
    replica.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_send_that_sqs_refuses_is_repeated_until_it_succeeds() {
    for kind in [FailureKind::Denied, FailureKind::Throttled, FailureKind::Timeout] {
        let (clock, table, queue) = (WallClock::new(), FakeTable::default(), FakeQueue::new());
        queue.fail_outgoing(&[kind; 3]);
        let replica = Replica::start(&clock, &table, queue.clone(), task("1 10 * * *"));
        sleep(45 * SECOND).await;
        assert_eq!(times(&queue.outgoing()), ["10:01"], "{kind:?}");
        assert_eq!(replica.runs(), [1.0, 0.0, 0.0, 0.0]);
        let scrape = replica.scrape();
        let sends = scrape.sum("longshore_api_requests_total", &[("action", "send")]);
        assert_eq!(sends, 4.0);
        replica.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn runs_that_sqs_refuses_give_way_to_the_next_run() {
    let (clock, queue) = (WallClock::new(), FakeQueue::new());
    queue.fail_outgoing(&[FailureKind::Denied; 1000]);
    let replica = Replica::leader(&clock, &queue, task("* * * * *"));
    minutes(3).await;
    queue.heal();
    minutes(2).await;
    let times = times(&queue.outgoing());
    assert!(times.ends_with(&["10:04".to_owned(), "10:05".to_owned()]), "{times:?}");
    let [sent, late, missed, failed] = replica.runs();
    assert_eq!((sent + late, missed, sent + late + failed), (times.len() as f64, 0.0, 5.0));
    assert!(failed >= 2.0, "{failed}");
    replica.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_the_sender_at_once_between_two_runs() {
    let (clock, table, queue) = (WallClock::new(), FakeTable::default(), FakeQueue::new());
    let replica = Replica::start(&clock, &table, queue.clone(), task("* * * * *"));
    minutes(1).await;
    let requests = table.requests();
    replica.stop().await;
    minutes(3).await;
    assert_eq!((queue.outgoing().len(), table.requests()), (1, requests));
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_an_open_send_as_long_as_the_limit() {
    let (clock, table) = (WallClock::new(), FakeTable::default());
    let replica = Replica::start(&clock, &table, Silent, task("* * * * *"));
    sleep(31 * SECOND).await;
    replica.stop.begin();
    let began = tokio::time::Instant::now();
    replica.running.await.unwrap();
    let took = began.elapsed();
    assert!(took >= LIMIT && took < LIMIT + Duration::from_millis(10), "{took:?}");
}
