//! When the next receive is sent, in virtual time: gather, prefetch, and the order of messages.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use longshore::config::QueueConfigBuilder;
use longshore::worker::WorkerBuilder;
use longshore::{AnyHandler, Context, Message};
use tokio::time::{Instant, sleep};

use crate::support::{Call, FakeQueue, Rig, config};

const GATHER: Duration = Duration::from_millis(200);

fn receives(queue: &FakeQueue) -> Vec<(usize, usize)> {
    let receive = |call| match call {
        Call::Receive { asked, brought } => Some((asked, brought)),
        Call::Delete(_) | Call::ChangeVisibility(_) | Call::SendDeadLetter | Call::Send => None,
    };
    queue.calls().into_iter().filter_map(receive).collect()
}

/// A queue with `concurrency` and handlers that take this time each.
fn slow(concurrency: usize, takes: impl Fn(usize) -> Duration + Send + Sync + 'static) -> Slow {
    let mut config = config("orders");
    (config.concurrency, config.handler_timeout) = (concurrency, Duration::from_secs(3600));
    let (takes, started) = (Arc::new(takes), Arc::new(AtomicUsize::new(0)));
    let count = started.clone();
    let handler = AnyHandler::new(move |_: Message, _: Context| {
        let takes = takes(count.fetch_add(1, Relaxed));
        sleep(takes)
    });
    Slow { config, handler, started }
}

struct Slow {
    config: QueueConfigBuilder,
    handler: AnyHandler,
    started: Arc<AtomicUsize>,
}

impl Slow {
    fn work(self, queue: &FakeQueue) -> Rig {
        Rig::with(queue, self.config, self.handler)
    }
}

#[tokio::test(start_paused = true)]
async fn after_a_partial_receive_the_next_one_gathers() {
    let queue = FakeQueue::default();
    let rig = Rig::start(&queue, |_: Message, _: Context| async {});
    queue.until("open", |queue| queue.open_polls() == 1).await;
    queue.send("first");
    queue.until("received", |queue| queue.calls().len() == 1).await;
    for n in 0..7 {
        sleep(GATHER / 8).await;
        queue.send(&format!("m{n}"));
    }
    queue.until("all received", |queue| queue.visible() == 0).await;
    assert_eq!(receives(&queue), [(10, 1), (10, 7)]);
    let scrape = rig.scrape();
    let messages = [("awaited", "messages")];
    assert_eq!(scrape.sum("longshore_gather_duration_seconds_count", &messages), 1.0);
    let gathered = scrape.sum("longshore_gather_duration_seconds_sum", &messages);
    assert!((0.2..0.21).contains(&gathered), "{gathered}");
    assert_eq!(scrape.sum("longshore_receive_batch_size_sum", &[]), 8.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_to_an_idle_queue_does_not_wait() {
    let queue = FakeQueue::default();
    let waits = Arc::new(Mutex::new(Vec::new()));
    let noted = waits.clone();
    let sent = Arc::new(Mutex::new(Instant::now()));
    let at = sent.clone();
    let rig = Rig::start(&queue, move |_: Message, _: Context| {
        noted.lock().unwrap().push(at.lock().unwrap().elapsed());
        async {}
    });
    for seconds in [1, 20, 20, 59, 61] {
        sleep(Duration::from_secs(seconds)).await;
        *sent.lock().unwrap() = Instant::now();
        queue.send("m");
    }
    queue.until("all deleted", |queue| queue.deleted().len() == 5).await;
    assert_eq!(*waits.lock().unwrap(), [Duration::ZERO; 5]);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn without_gather_the_next_receive_is_sent_at_once() {
    let queue = FakeQueue::default();
    let mut config = config("orders");
    config.gather = Some(Duration::ZERO);
    let rig = Rig::with(&queue, config, |_: Message, _: Context| async {});
    let began = Instant::now();
    for n in 0..5 {
        queue.send(&format!("m{n}"));
        queue.until("received", |queue| queue.calls().len() == n + 1).await;
    }
    assert_eq!(began.elapsed(), Duration::ZERO);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn after_a_full_receive_slots_are_awaited_for_gather() {
    let queue = FakeQueue::default();
    queue.send_many(15);
    // Five end together while the sixth is awaited; the rest takes an hour.
    let takes = |n| Duration::from_millis(if n < 5 { 1000 + 10 * n as u64 } else { 3_600_000 });
    let mut slow = slow(10, takes);
    slow.config.max_hold = Some(Duration::ZERO);
    let began = Instant::now();
    let rig = slow.work(&queue);
    queue.until("received", |queue| queue.visible() == 0).await;
    assert_eq!(receives(&queue), [(10, 10), (5, 5)]);
    assert_eq!(began.elapsed().as_millis(), 1200);
    rig.stop.hurry();
    rig.end().await;
}

#[tokio::test(start_paused = true)]
async fn with_quick_handlers_receives_are_full() {
    let queue = FakeQueue::default();
    queue.send_many(400);
    let spread = |n: usize| Duration::from_millis(50 + (n as u64 * 37) % 100);
    let rig = slow(10, spread).work(&queue);
    queue.until("all deleted", |queue| queue.deleted().len() == 400).await;
    let receives = receives(&queue);
    let full = receives.iter().filter(|(asked, _)| *asked == 10).count();
    assert!(receives.len() <= 44 && full >= 38, "{receives:?}");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn prefetch_keeps_the_slots_busy() {
    let queue = FakeQueue::default();
    queue.send_many(400);
    let spread = |n: usize| Duration::from_millis(50 + (n as u64 * 37) % 100);
    let began = Instant::now();
    let rig = slow(10, spread).work(&queue);
    queue.until("all deleted", |queue| queue.deleted().len() == 400).await;
    // 400 messages of 100 ms, ten at a time.
    let took = began.elapsed();
    assert!(took < Duration::from_millis(4000 + 500), "{took:?}");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn with_slow_handlers_nothing_is_buffered() {
    let queue = FakeQueue::default();
    queue.send_many(60);
    let rig = slow(10, |n| Duration::from_secs(20 + n as u64 % 10)).work(&queue);
    for _ in 0..180 {
        sleep(Duration::from_secs(1)).await;
        assert_eq!(rig.scrape().sum("longshore_messages_held", &[]), 0.0);
    }
    assert!(queue.deleted().len() >= 50);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn buffered_messages_are_released_at_shutdown() {
    let queue = FakeQueue::default();
    queue.send_many(60);
    // Quick until ten have ended; then each takes a minute.
    let takes = |n| Duration::from_millis(if n < 30 { 40 + n as u64 % 10 } else { 10_000 });
    let slow = slow(10, takes);
    let started = slow.started.clone();
    let rig = slow.work(&queue);
    queue.until("held", |_| rig.scrape().sum("longshore_messages_held", &[]) == 10.0).await;
    sleep(Duration::from_secs(1)).await;
    let before = started.load(Relaxed);
    let (report, scrape) = rig.stop().await;
    assert_eq!(started.load(Relaxed), before, "no handler started after the stop began");
    assert_eq!((report.ledger.released, report.ledger.completed), (10, 10), "{}", report.ledger);
    assert_eq!(queue.deleted().len() + queue.visible(), 60);
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "released")]), 10.0);
}

#[tokio::test(start_paused = true)]
async fn a_buffered_message_with_a_lost_lease_is_not_processed() {
    let queue = FakeQueue::default();
    queue.send_many(60);
    let takes = |n| Duration::from_millis(if n < 30 { 40 + n as u64 % 10 } else { 100_000 });
    let slow = slow(10, takes);
    let started = slow.started.clone();
    let rig = slow.work(&queue);
    queue.until("held", |_| rig.scrape().sum("longshore_messages_held", &[]) == 10.0).await;
    sleep(Duration::from_secs(1)).await;
    let before = started.load(Relaxed);
    queue.steal_in_flight();
    let lost = [("result", "lease_lost")];
    queue.until("lost", |_| rig.scrape().sum("longshore_messages_total", &lost) >= 20.0).await;
    let handled = started.load(Relaxed) - before;
    assert!(handled <= 10, "{handled} of those after it, none of those that were held");
    rig.stop.hurry();
    rig.end().await;
}

#[tokio::test(start_paused = true)]
async fn messages_of_the_last_receives_are_released_after_all_of_them_end() {
    let queue = FakeQueue::default();
    queue.send_many(20);
    let mut slow = slow(100, |_| Duration::from_millis(1));
    (slow.config.max_pollers, slow.config.gather) = (2, Some(Duration::ZERO));
    let rig = slow.work(&queue);
    queue.until("two polls", |queue| queue.open_polls() == 2).await;
    rig.stop.begin();
    sleep(Duration::from_secs(1)).await;
    queue.send("late");
    let (report, _) = rig.end().await;
    assert_eq!(report.ledger.released_from_last_poll, 1, "{}", report.ledger);
    assert_eq!((queue.visible(), queue.len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_run_until_empty_uses_long_polls() {
    let queue = FakeQueue::default();
    let mut config = config("orders");
    (config.wait, config.short_polling) = (Duration::ZERO, true);
    let began = Instant::now();
    let rig =
        Rig::build(&queue, config, |_: Message, _: Context| async {}, WorkerBuilder::until_empty);
    rig.end().await;
    assert_eq!(began.elapsed().as_secs(), 2, "two long polls of a second");
}

#[tokio::test(start_paused = true)]
async fn one_gather_starts_no_extra_poll_loop() {
    let queue = FakeQueue::default();
    queue.delay_answers(Duration::from_millis(10));
    let rig = slow(100, |_| Duration::from_millis(1)).work(&queue);
    for _ in 0..20 {
        queue.send_many(25);
        let sent = queue.deleted().len() + queue.len();
        queue.until("deleted", |queue| queue.deleted().len() == sent).await;
        assert_eq!(rig.scrape().sum("longshore_pollers", &[]), 1.0);
    }
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn extra_poll_loops_start_after_full_receives() {
    let queue = FakeQueue::default();
    queue.delay_answers(Duration::from_millis(10));
    queue.send_many(2000);
    let began = Instant::now();
    let rig = slow(100, |_| Duration::from_millis(1)).work(&queue);
    queue.until("company", |_| rig.scrape().sum("longshore_pollers", &[]) == 4.0).await;
    let ramp = began.elapsed();
    assert!((GATHER..2 * GATHER).contains(&ramp), "{ramp:?}");
    queue.until("all deleted", |queue| queue.deleted().len() == 2000).await;
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn extra_poll_loops_end_with_a_stop() {
    let queue = FakeQueue::default();
    queue.delay_answers(Duration::from_millis(10));
    queue.send_many(5000);
    let rig = slow(100, |_| Duration::from_millis(1)).work(&queue);
    queue.until("extra poll loops", |_| rig.scrape().sum("longshore_pollers", &[]) == 4.0).await;
    let before = queue.counts();
    rig.stop().await;
    assert!(!queue.is_empty());
    assert_eq!(queue.counts().since(before).receives(), 0, "no receive begins after a stop");
}

#[tokio::test(start_paused = true)]
async fn the_backlog_is_requested_once_per_100_messages_or_5_minutes() {
    let queue = FakeQueue::default();
    let rig = Rig::start(&queue, |_: Message, _: Context| async {});
    for n in 0..250 {
        sleep(Duration::from_secs(61)).await;
        queue.send("m");
        queue.until("deleted", |queue| queue.deleted().len() == n + 1).await;
    }
    // 250 times 61 s are 51 times 5 minutes, and one request is sent at the start.
    let requests = queue.counts().attributes;
    assert!((48..=52).contains(&requests), "{requests}");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn receives_that_are_answered_at_once_with_nothing_are_paced() {
    let queue = FakeQueue::default();
    queue.ignore_wait();
    let rig = Rig::start(&queue, |_: Message, _: Context| async {});
    sleep(Duration::from_secs(3600)).await;
    let receives = queue.counts().receives();
    assert!(receives < 400, "{receives} receives in an hour");
    queue.send("m0");
    queue.until("deleted", |queue| queue.is_empty()).await;
    rig.stop().await;
}
