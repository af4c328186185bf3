//! A stop loses nothing, strands nothing and says what became of everything.

use std::future::poll_fn;
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::Duration;

use longshore::{Context, Message, Verdict, Worker};
use tokio::time::{Instant, sleep};

use crate::support::{FakeQueue, Rig, config};

async fn fail_if_called(_: Message, _: Context) {
    panic!("must not be handled");
}

#[tokio::test(start_paused = true)]
async fn handlers_finish_within_the_grace() {
    let queue = FakeQueue::default();
    queue.send_many(20);
    let mut config = crate::support::config("orders");
    config.concurrency = 20;
    let rig = Rig::with(&queue, config, |_: Message, _: Context| sleep(Duration::from_secs(2)));
    queue.until("all received", |queue| queue.visible() == 0).await;
    let (report, scrape) = rig.stop().await;
    assert_eq!(
        (report.ledger.completed, report.ledger.aborted, report.ledger.abandoned),
        (20, 0, 0)
    );
    assert_eq!(queue.deleted().len(), 20);
    assert_eq!(scrape.sum("longshore_shutdown_messages_total", &[("fate", "completed")]), 20.0);
    assert_eq!(scrape.sum("longshore_draining", &[]), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_worker_runs_until_a_future_completes_and_then_drains() {
    let queue = FakeQueue::default();
    queue.send("m");
    let handler = |_: Message, _: Context| sleep(Duration::from_secs(2));
    let orders = crate::support::config("orders").build().unwrap();
    let worker = Worker::builder().add(orders, queue.clone(), handler).build().unwrap();
    let received = queue.clone();
    let until = async move { received.until("the receive", |queue| queue.visible() == 0).await };
    let report = worker.run_until(until).await;
    assert_eq!((report.ledger.completed, report.ledger.is_clean()), (1, true));
    assert_eq!(queue.deleted(), ["m"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_arrives_after_the_signal_is_released() {
    let queue = FakeQueue::default();
    let rig = Rig::start(&queue, fail_if_called);
    queue.until("polling", |queue| queue.open_polls() == 1).await;
    rig.stop.begin();
    sleep(Duration::from_secs(3)).await;
    queue.send("late");
    let sent = Instant::now();
    let (report, _) = rig.end().await;
    assert_eq!((report.ledger.released, report.ledger.released_from_last_poll), (1, 1));
    assert_eq!(queue.visible(), 1);
    assert!(sent.elapsed() < Duration::from_secs(1), "{:?}", sent.elapsed());
    assert!(report.ledger.is_clean());
}

#[tokio::test(start_paused = true)]
async fn an_open_receive_is_awaited() {
    let queue = FakeQueue::default();
    let rig = Rig::start(&queue, |_: Message, _: Context| async {});
    queue.until("polling", |queue| queue.open_polls() == 1).await;
    let began = Instant::now();
    let (_, scrape) = rig.stop().await;
    assert_eq!(began.elapsed().as_secs(), 20);
    assert_eq!(queue.open_polls(), 0);
    assert_eq!(
        scrape.sum("longshore_receive_duration_seconds_count", &[("outcome", "abandoned")]),
        0.0
    );
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_outlasts_the_grace_is_interrupted_and_its_message_released() {
    let queue = FakeQueue::default();
    queue.send_many(3);
    let handler = |_: Message, context: Context| async move {
        context.stopping().await;
        Verdict::retry("interrupted")
    };
    let mut config = crate::support::config("orders");
    config.visibility = Duration::from_secs(120);
    config.handler_timeout = Duration::from_secs(3600);
    let rig = Rig::with(&queue, config, handler);
    queue.until("all received", |queue| queue.visible() == 0).await;
    let (report, scrape) = rig.stop().await;
    assert_eq!((report.ledger.aborted, report.ledger.abandoned), (3, 0));
    assert!(!report.ledger.is_clean());
    assert_eq!(queue.visible(), 3);
    assert_eq!(scrape.sum("longshore_messages_aborted_total", &[]), 3.0);
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "released")]), 3.0);
}

#[tokio::test(start_paused = true)]
async fn a_second_signal_ends_the_grace() {
    let queue = FakeQueue::default();
    queue.send("slow");
    let rig = Rig::start(&queue, |_: Message, _: Context| sleep(Duration::from_secs(20)));
    queue.until("received", |queue| queue.visible() == 0).await;
    let began = Instant::now();
    rig.stop.begin();
    sleep(Duration::from_secs(1)).await;
    rig.stop.hurry();
    let (report, _) = rig.end().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(report.ledger.aborted, 1);
    assert_eq!(queue.visible(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_retry_during_the_drain_is_settled_and_completed() {
    let queue = FakeQueue::default();
    queue.send("again");
    let handler = |_: Message, _: Context| async {
        sleep(Duration::from_secs(4)).await;
        Verdict::retry_after(Duration::from_secs(300), "later")
    };
    let rig = Rig::start(&queue, handler);
    queue.until("received", |queue| queue.visible() == 0).await;
    let (report, scrape) = rig.stop().await;
    assert_eq!(report.ledger.completed, 1);
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "retried")]), 1.0);
}

#[tokio::test(start_paused = true)]
async fn messages_that_cannot_be_settled_in_time_are_counted_as_abandoned() {
    let queue = FakeQueue::default();
    queue.send("stuck");
    let mut config = crate::support::config("orders");
    config.visibility = Duration::from_secs(600);
    let rig = Rig::with(&queue, config, |_: Message, _: Context| sleep(Duration::from_secs(2)));
    queue.until("received", |queue| queue.visible() == 0).await;
    queue.fail_settles(&[longshore::queue::FailureKind::Unavailable; 1000]);
    let (report, scrape) = rig.stop().await;
    assert_eq!(report.ledger.abandoned, 1);
    assert_eq!(scrape.sum("longshore_shutdown_messages_total", &[("fate", "abandoned")]), 1.0);
}

#[tokio::test(start_paused = true)]
async fn heartbeats_continue_during_the_drain() {
    let queue = FakeQueue::default();
    queue.send("slow");
    let mut config = crate::support::config("orders");
    config.visibility = Duration::from_secs(10);
    let rig = Rig::with(&queue, config, |_: Message, _: Context| sleep(Duration::from_secs(20)));
    queue.until("received", |queue| queue.visible() == 0).await;
    let (report, scrape) = rig.stop().await;
    assert_eq!(report.ledger.completed, 1);
    assert_eq!(queue.deleted(), ["slow"]);
    assert!(scrape.sum("longshore_heartbeats_total", &[("result", "extended")]) >= 3.0);
}

#[tokio::test(start_paused = true)]
async fn the_worker_is_not_ready_after_the_signal() {
    let queue = FakeQueue::default();
    let rig = Rig::start(&queue, |_: Message, _: Context| async {});
    queue.until("polling", |queue| queue.open_polls() == 1).await;
    sleep(Duration::from_secs(10)).await;
    assert_eq!(rig.health.unready(), Vec::<String>::new());
    rig.stop.begin();
    sleep(Duration::from_secs(1)).await;
    assert_eq!(rig.health.unready(), ["draining: a shutdown has begun"]);
    rig.end().await;
}

#[tokio::test(start_paused = true)]
async fn an_abandoned_receive_is_measured() {
    let queue = FakeQueue::default();
    let rig = Rig::start(&queue, |_: Message, _: Context| async {});
    queue.until("polling", |queue| queue.open_polls() == 1).await;
    sleep(Duration::from_secs(3)).await;
    rig.stop.hurry();
    let (_, scrape) = rig.end().await;
    let abandoned = [("outcome", "abandoned")];
    let seconds = scrape.sum("longshore_receive_duration_seconds_sum", &abandoned);
    assert!((3.0..3.1).contains(&seconds), "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_ends_in_time_without_sqs() {
    let queue = FakeQueue::default();
    queue.send_many(400);
    queue.fail_settles(&[longshore::queue::FailureKind::Denied; 100_000]);
    let mut config = crate::support::config("orders");
    (config.concurrency, config.visibility) = (1000, Duration::from_secs(3600));
    let rig = Rig::with(&queue, config, |_: Message, _: Context| async {});
    queue.until("all received", |queue| queue.visible() == 0 && queue.open_polls() == 1).await;
    sleep(Duration::from_secs(1)).await;
    let began = Instant::now();
    rig.stop.begin();
    sleep(Duration::from_secs(1)).await;
    queue.send("late");
    let (report, _) = rig.end().await;
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
    assert_eq!(report.ledger.abandoned, 401);
}

#[tokio::test(start_paused = true)]
async fn a_lingering_delete_is_sent_at_shutdown() {
    let queue = FakeQueue::default();
    queue.send("done");
    let mut config = crate::support::config("orders");
    config.delete_linger = Duration::from_secs(7);
    let rig = Rig::with(&queue, config, |_: Message, _: Context| async {});
    queue.until("received", |queue| queue.visible() == 0).await;
    sleep(Duration::from_secs(1)).await;
    rig.stop.hurry();
    let (report, _) = rig.end().await;
    assert_eq!(queue.deleted(), ["done"]);
    assert!(report.ledger.is_clean());
}

#[tokio::test(start_paused = true)]
async fn handlers_are_awaited_after_the_receives_end() {
    let queue = FakeQueue::default();
    queue.send("slow");
    let mut config = crate::support::config("orders");
    config.wait = Duration::from_secs(1);
    let rig = Rig::with(&queue, config, |_: Message, _: Context| sleep(Duration::from_secs(15)));
    queue.until("received", |queue| queue.visible() == 0).await;
    let (report, _) = rig.stop().await;
    assert_eq!((report.ledger.completed, report.ledger.abandoned), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn the_ledger_counts_only_the_shutdown() {
    let queue = FakeQueue::default();
    queue.send_many(5);
    let rig = Rig::start(&queue, |_: Message, _: Context| async {});
    queue.until("all deleted", |queue| queue.is_empty()).await;
    sleep(Duration::from_secs(1)).await;
    let (report, _) = rig.stop().await;
    assert_eq!(report.ledger.completed, 0);
}

#[tokio::test(start_paused = true)]
async fn no_message_waits_for_a_backlog_request() {
    let queue = FakeQueue::default();
    queue.never_answer_attributes();
    queue.send("first");
    let rig = Rig::start(&queue, |_: Message, _: Context| async {});
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    queue.until("open", |queue| queue.open_polls() == 1).await;
    rig.stop.begin();
    sleep(Duration::from_secs(1)).await;
    queue.send("late");
    let began = Instant::now();
    queue.until("released", |queue| queue.visible() == 1 && queue.open_polls() == 0).await;
    queue.until("said so", |_| rig.scrape().sum("longshore_messages_in_flight", &[]) == 0.0).await;
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    rig.stop.hurry();
    let (report, _) = rig.end().await;
    assert_eq!((report.ledger.released, report.ledger.abandoned), (1, 0), "{}", report.ledger);
}

/// The next receive of these messages makes them dead letters, by any worker.
#[tokio::test(start_paused = true)]
async fn a_stop_makes_no_dead_letters_of_messages_without_a_handler() {
    for queue_name in ["orders", "orders.fifo"] {
        let queue = FakeQueue::default();
        queue.redrive_after(1);
        let group = queue_name.ends_with(".fifo");
        (0..5).for_each(|n| match group {
            true => queue.send_in_group("a", &n.to_string()),
            false => queue.send(&n.to_string()),
        });
        // One slot that becomes free every second, so four messages have no handler yet.
        let config = config(queue_name).concurrency(1).max_hold(Duration::from_secs(9));
        let handler = |_: Message, _: Context| sleep(Duration::from_secs(1));
        let rig = Rig::with(&queue, config, handler);
        queue.until("received", |queue| queue.counts().received > 0).await;
        sleep(Duration::from_millis(500)).await;
        let received = queue.counts().received as usize;
        let (report, _) = rig.stop().await;
        assert_eq!(queue.deleted().len(), received, "{queue_name}");
        assert_eq!(report.ledger.completed as usize, received, "{queue_name}: {}", report.ledger);
        queue.assert_nothing_is_lost();
    }
}

/// The message arrives at a receive that was open when the stop began.
#[tokio::test(start_paused = true)]
async fn the_last_receive_of_a_message_is_not_wasted_by_the_last_poll() {
    for queue_name in ["orders", "orders.fifo"] {
        let queue = FakeQueue::default();
        queue.redrive_after(1);
        let handler = |_: Message, _: Context| sleep(Duration::from_secs(1));
        let rig = Rig::with(&queue, config(queue_name), handler);
        sleep(Duration::from_secs(1)).await;
        rig.stop.begin();
        queue.send_in_group("a", "late");
        let (report, _) = rig.end().await;
        assert_eq!(queue.deleted(), ["late"], "{queue_name}");
        assert!(report.ledger.is_clean(), "{}", report.ledger);
    }
}

#[tokio::test(start_paused = true)]
async fn at_the_end_of_the_grace_messages_in_their_last_receive_are_released() {
    let queue = FakeQueue::default();
    queue.redrive_after(1);
    (0..3).for_each(|n| queue.send_in_group("a", &n.to_string()));
    let handler = |_: Message, _: Context| sleep(Duration::from_secs(3600));
    let config = config("orders.fifo").handler_timeout(Duration::from_secs(7200));
    let rig = Rig::with(&queue, config, handler);
    queue.until("received", |queue| queue.counts().received == 3).await;
    let (report, _) = rig.stop().await;
    assert_eq!((report.ledger.aborted, report.ledger.released), (1, 2), "{}", report.ledger);
    queue.assert_nothing_is_lost();
}

/// `tokio::signal::ctrl_c()` catches the signal only after its first poll. A run that has begun ends
/// the drain of the worker before it.
#[tokio::test(start_paused = true)]
async fn the_shutdown_is_awaited_before_the_run_begins() {
    let queue = FakeQueue::new();
    queue.send("crate");
    let worker = Worker::builder().until_empty();
    let handler = |_: Message, _: Context| async {};
    let worker = worker.add(config("orders").build().unwrap(), queue.clone(), handler);
    let worker = worker.build().unwrap();
    let health = worker.health().clone();
    health.drain(Duration::from_secs(1));
    let is_first = Arc::new(OnceLock::new());
    let seen = is_first.clone();
    let shutdown = poll_fn(move |_| {
        seen.get_or_init(|| health.draining().is_some());
        Poll::<()>::Pending
    });
    worker.run_until(shutdown).await;
    assert_eq!(is_first.get(), Some(&true));
    assert_eq!(queue.deleted(), ["crate"]);
}
