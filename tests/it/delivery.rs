//! From a receive to a settled message.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use longshore::queue::FailureKind;
use longshore::{Context, Message, Verdict};
use tokio::time::{Instant, sleep};

use crate::support::{Call, FakeQueue, Rig, config};

async fn done(_message: Message, _context: Context) {}

#[tokio::test(start_paused = true)]
async fn every_message_is_handled_and_deleted() {
    let queue = FakeQueue::default();
    queue.send_many(25);
    let rig = Rig::start(&queue, done);
    queue.until("all deleted", |queue| queue.deleted().len() == 25).await;
    let (report, scrape) = rig.stop().await;
    assert!(report.ledger.is_clean());
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "deleted")]), 25.0);
    assert_eq!(
        scrape.sum("longshore_processing_duration_seconds_count", &[("outcome", "done")]),
        25.0
    );
}

#[tokio::test(start_paused = true)]
async fn deletes_are_sent_in_batches_of_ten() {
    let queue = FakeQueue::default();
    queue.send_many(100);
    let rig = Rig::start(&queue, done);
    queue.until("all deleted", |queue| queue.deleted().len() == 100).await;
    let deletes: Vec<_> =
        queue.calls().into_iter().filter(|c| matches!(c, Call::Delete(_))).collect();
    assert_eq!(deletes, vec![Call::Delete(10); 10]);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_receive_asks_for_at_most_the_free_slots() {
    let queue = FakeQueue::default();
    queue.send_many(30);
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counters = (running.clone(), most.clone());
    let handler = move |_: Message, _: Context| {
        let (running, most) = counters.clone();
        async move {
            most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
            sleep(Duration::from_secs(1)).await;
            running.fetch_sub(1, SeqCst);
        }
    };
    let mut config = config("orders");
    config.concurrency = 7;
    let rig = Rig::with(&queue, config, handler);
    queue.until("all deleted", |queue| queue.deleted().len() == 30).await;
    assert_eq!(most.load(SeqCst), 7);
    assert_eq!(queue.calls()[0], Call::Receive { asked: 7, brought: 7 });
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_redelivered_after_the_delay_of_the_handler() {
    let queue = FakeQueue::default();
    queue.send("again");
    let handler = |message: Message, _: Context| async move {
        match message.receive_count {
            1 => Verdict::retry_after(Duration::from_secs(90), "not yet"),
            _ => Verdict::Done,
        }
    };
    let start = Instant::now();
    let rig = Rig::start(&queue, handler);
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    let took = start.elapsed().as_secs();
    assert!((90..=92).contains(&took), "{took} s");
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "retried")]), 1.0);
    assert_eq!(scrape.sum("longshore_messages_received_total", &[("delivery", "redelivery")]), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_panic_is_counted_and_retried() {
    let queue = FakeQueue::default();
    queue.send("bomb");
    queue.send("peace");
    let handler = |message: Message, _: Context| async move {
        assert!(message.body != "bomb" || message.receive_count > 1, "a planned panic");
    };
    let rig = Rig::start(&queue, handler);
    queue.until("both deleted", |queue| queue.deleted().len() == 2).await;
    assert_eq!(queue.deleted(), ["peace", "bomb"]);
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_handler_errors_total", &[("kind", "panicked")]), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_handler_past_its_timeout_is_interrupted_and_retried() {
    let queue = FakeQueue::default();
    queue.send("slow");
    let calls = Arc::new(AtomicUsize::new(0));
    let handler = move |_: Message, context: Context| {
        let calls = calls.clone();
        async move {
            if calls.fetch_add(1, SeqCst) == 0 {
                context.stopping().await;
                return Verdict::retry("interrupted");
            }
            Verdict::Done
        }
    };
    let rig = Rig::start(&queue, handler);
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_handler_errors_total", &[("kind", "timed_out")]), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_finishes_after_the_interruption_is_done() {
    let queue = FakeQueue::default();
    queue.send("late");
    let handler = |_: Message, context: Context| async move {
        context.stopping().await;
        sleep(Duration::from_secs(1)).await;
    };
    let rig = Rig::start(&queue, handler);
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_messages_received_total", &[]), 1.0);
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_handler_pauses_polling_and_is_probed() {
    let queue = FakeQueue::default();
    queue.send_many(10);
    let start = Instant::now();
    let back = start + Duration::from_secs(60);
    let handler = move |_: Message, _: Context| async move {
        if Instant::now() < back {
            Verdict::unavailable("connection refused")
        } else {
            Verdict::Done
        }
    };
    let rig = Rig::start(&queue, handler);
    queue.until("all deleted", |queue| queue.deleted().len() == 10).await;
    let receives = queue.calls().iter().filter(|call| matches!(call, Call::Receive { .. })).count();
    assert!(receives < 30, "{receives} receives in a minute away");
    let (_, scrape) = rig.stop().await;
    let burned = scrape.sum("longshore_messages_total", &[("result", "released")]);
    assert!(burned < 20.0, "{burned} receives were used up");
}

#[tokio::test(start_paused = true)]
async fn a_missing_queue_is_retried_rarely_and_recovers() {
    let queue = FakeQueue::default();
    queue.fail_receives(&[FailureKind::Missing; 4]);
    queue.send("patient");
    let start = Instant::now();
    let rig = Rig::start(&queue, done);
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    assert!(start.elapsed() >= Duration::from_secs(5 + 10 + 20 + 40), "{:?}", start.elapsed());
    assert_eq!(rig.health.unready(), Vec::<String>::new());
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_missing_queue_makes_the_worker_unready_with_the_reason() {
    let queue = FakeQueue::default();
    queue.fail_receives(&[FailureKind::Missing; 40]);
    let rig = Rig::start(&queue, done);
    sleep(Duration::from_secs(30)).await;
    assert!(rig.health.unready()[0].starts_with("queue `orders` is not polled"));
    assert_eq!(rig.health.stuck(), Vec::<String>::new());
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_busy_queue_gets_extra_poll_loops() {
    let queue = FakeQueue::default();
    queue.send_many(200);
    let handler = |_: Message, _: Context| sleep(Duration::from_secs(5));
    let mut config = config("orders");
    (config.concurrency, config.max_pollers) = (100, 3);
    let rig = Rig::with(&queue, config, handler);
    queue.until("busy", |queue| queue.open_polls() == 0 && queue.calls().len() >= 10).await;
    queue.until("all deleted", |queue| queue.is_empty()).await;
    queue.until("quiet", |queue| queue.open_polls() == 1).await;
    assert_eq!(rig.scrape().sum("longshore_pollers", &[]), 1.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn until_empty_ends_by_itself() {
    let queue = FakeQueue::default();
    queue.send_many(15);
    let rig =
        Rig::build(&queue, config("orders"), done, longshore::worker::WorkerBuilder::until_empty);
    let (report, _) = rig.end().await;
    assert_eq!((queue.len(), report.failures.len()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn until_empty_reports_an_unreachable_queue() {
    let queue = FakeQueue::default();
    queue.fail_receives(&[FailureKind::Denied]);
    let rig =
        Rig::build(&queue, config("orders"), done, longshore::worker::WorkerBuilder::until_empty);
    let (report, _) = rig.end().await;
    assert!(report.failures[0].contains("check the credentials"), "{:?}", report.failures);
}

#[tokio::test(start_paused = true)]
async fn failures_of_changing_kinds_back_off_too() {
    let queue = FakeQueue::default();
    let kinds = [FailureKind::Unavailable, FailureKind::Timeout].repeat(200);
    queue.fail_receives(&kinds);
    let rig = Rig::start(&queue, done);
    sleep(Duration::from_secs(60)).await;
    let errors = [("outcome", "error")];
    let failed = rig.scrape().sum("longshore_receive_duration_seconds_count", &errors);
    assert!(failed < 15.0, "{failed} receives in a minute");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn messages_beyond_the_requested_number_are_released() {
    let queue = FakeQueue::default();
    queue.bring_more_than_asked();
    queue.send_many(10);
    let mut config = config("orders");
    config.concurrency = 3;
    let rig = Rig::with(&queue, config, |_: Message, _: Context| sleep(Duration::from_secs(1)));
    queue.until("all deleted", |queue| queue.deleted().len() == 10).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "abandoned")]), 0.0);
    assert!(scrape.sum("longshore_messages_total", &[("result", "released")]) >= 7.0);
    assert_eq!(scrape.sum("longshore_processing_duration_seconds_count", &[]), 10.0);
}

#[tokio::test(start_paused = true)]
async fn one_empty_receive_is_not_an_empty_queue() {
    let queue = FakeQueue::default();
    let rig =
        Rig::build(&queue, config("orders"), done, longshore::worker::WorkerBuilder::until_empty);
    queue.until("one empty poll", |queue| queue.calls().len() == 1).await;
    queue.send("just after");
    rig.end().await;
    assert_eq!(queue.deleted(), ["just after"]);
}

#[tokio::test(start_paused = true)]
async fn a_queue_is_not_empty_while_a_message_is_in_flight() {
    let queue = FakeQueue::default();
    queue.send("long, and again");
    let handler = |message: Message, _: Context| async move {
        sleep(Duration::from_secs(70)).await;
        match message.receive_count {
            1 => Verdict::retry_after(Duration::ZERO, "again"),
            _ => Verdict::Done,
        }
    };
    let mut config = config("orders");
    config.handler_timeout = Duration::from_secs(100);
    let rig = Rig::build(&queue, config, handler, longshore::worker::WorkerBuilder::until_empty);
    rig.end().await;
    assert_eq!(queue.deleted(), ["long, and again"]);
}
