//! FIFO queues: order within a group, groups in parallel, and answers that are lost.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use longshore::config::{BreakerConfig, QueueConfigBuilder, RetryConfig};
use longshore::queue::FailureKind;
use longshore::{Context, Message, Verdict};
use tokio::time::{Instant, sleep};

use crate::support::{Call, FakeQueue, Rig, config};

const SECOND: Duration = Duration::from_secs(1);

fn fifo() -> QueueConfigBuilder {
    config("orders.fifo").gather(Duration::ZERO)
}

/// What the handlers did, in order: the start and the end of each call.
#[derive(Clone, Default)]
struct Journal(Arc<Mutex<Vec<(String, &'static str)>>>);

impl Journal {
    fn note(&self, body: &str, event: &'static str) {
        self.0.lock().unwrap().push((body.to_owned(), event));
    }

    fn all(&self) -> Vec<(String, &'static str)> {
        self.0.lock().unwrap().clone()
    }

    /// The bodies of the calls that began, in order.
    fn begun(&self) -> Vec<String> {
        let begun = self.all().into_iter().filter(|(_, event)| *event == "begin");
        begun.map(|(body, _)| body).collect()
    }
}

/// Sends `a0 b0 a1 b1 ...`: the letter is the group.
fn send_interleaved(queue: &FakeQueue, groups: &[&str], each: usize) {
    for n in 0..each {
        groups.iter().for_each(|group| queue.send_in_group(group, &format!("{group}{n}")));
    }
}

#[tokio::test(start_paused = true)]
async fn messages_of_a_group_are_handled_one_after_the_other_and_groups_in_parallel() {
    let queue = FakeQueue::new();
    send_interleaved(&queue, &["a", "b"], 5);
    let journal = Journal::default();
    let log = journal.clone();
    let handler = move |message: Message, _: Context| {
        let log = log.clone();
        async move {
            log.note(&message.body, "begin");
            sleep(SECOND).await;
            log.note(&message.body, "end");
        }
    };
    let began = Instant::now();
    let rig = Rig::with(&queue, fifo(), handler);
    queue.until("all deleted", |queue| queue.deleted().len() == 10).await;
    // Five messages of a second, one after the other; the other group at the same time.
    assert_eq!(began.elapsed().as_secs(), 5);
    let mut running = BTreeMap::new();
    for (body, event) in journal.all() {
        let (group, _) = body.split_at(1);
        let now: &mut i32 = running.entry(group.to_owned()).or_default();
        *now += if event == "begin" { 1 } else { -1 };
        assert!((0..=1).contains(now), "two handlers of group {group}");
    }
    for group in ["a", "b"] {
        let of_group: Vec<_> =
            journal.begun().into_iter().filter(|body| body.starts_with(group)).collect();
        assert_eq!(of_group, (0..5).map(|n| format!("{group}{n}")).collect::<Vec<_>>());
    }
    rig.stop().await;
    queue.assert_nothing_is_lost();
}

#[tokio::test(start_paused = true)]
async fn a_lane_takes_one_slot() {
    let queue = FakeQueue::new();
    (0..10).for_each(|n| queue.send_in_group("busy", &format!("busy{n}")));
    queue.send_in_group("other", "other0");
    let handler = |message: Message, _: Context| async move {
        if message.body.starts_with("busy") {
            sleep(60 * SECOND).await;
        }
    };
    let rig = Rig::with(&queue, fifo(), handler);
    queue.until("the other group", |queue| queue.deleted() == ["other0"]).await;
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn after_a_failure_the_rest_of_the_group_comes_again_behind_it() {
    let queue = FakeQueue::new();
    send_interleaved(&queue, &["a", "b"], 3);
    let journal = Journal::default();
    let log = journal.clone();
    let handler = move |message: Message, _: Context| {
        log.note(&message.body, "begin");
        let fails = message.body == "a1" && message.receive_count < 3;
        async move { if fails { Verdict::retry("not yet") } else { Verdict::Done } }
    };
    let rig = Rig::with(&queue, fifo(), handler);
    queue.until("all deleted", |queue| queue.deleted().len() == 6).await;
    let of_a: Vec<_> = journal.begun().into_iter().filter(|body| body.starts_with('a')).collect();
    assert_eq!(of_a, ["a0", "a1", "a1", "a1", "a2"]);
    let (report, scrape) = rig.stop().await;
    assert!(report.ledger.is_clean());
    let released = scrape.sum("longshore_messages_released_behind_failure_total", &[]);
    assert_eq!(released, 2.0);
    queue.assert_nothing_is_lost();
}

/// The next receive makes it a dead letter, so nothing of its group has to wait for it. Released
/// messages would use up their receives too, and become dead letters without a handler.
#[tokio::test(start_paused = true)]
async fn the_group_goes_on_when_a_message_has_used_up_its_receives() {
    let queue = FakeQueue::new();
    queue.redrive_after(3);
    (0..3).for_each(|n| queue.send_in_group("a", &format!("a{n}")));
    let journal = Journal::default();
    let log = journal.clone();
    let handler = move |message: Message, _: Context| {
        log.note(&message.body, "begin");
        let fails = message.body == "a0";
        async move { if fails { Verdict::retry("never") } else { Verdict::Done } }
    };
    let rig = Rig::with(&queue, fifo(), handler);
    queue.until("the others are deleted", |queue| queue.deleted() == ["a1", "a2"]).await;
    assert_eq!(journal.begun()[..5], ["a0", "a0", "a0", "a1", "a2"]);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_finishes_the_current_message_and_releases_the_rest() {
    let queue = FakeQueue::new();
    (0..4).for_each(|n| queue.send_in_group("a", &format!("a{n}")));
    let journal = Journal::default();
    let log = journal.clone();
    let handler = move |message: Message, _: Context| {
        let log = log.clone();
        async move {
            log.note(&message.body, "begin");
            sleep(5 * SECOND).await;
        }
    };
    let rig = Rig::with(&queue, fifo(), handler);
    while journal.begun().is_empty() {
        sleep(Duration::from_millis(10)).await;
    }
    let (report, _) = rig.stop().await;
    assert_eq!(journal.begun(), ["a0"]);
    assert_eq!((report.ledger.completed, report.ledger.released), (1, 3));
    assert_eq!(queue.deleted(), ["a0"]);
    assert_eq!(queue.visible(), 3);
    queue.assert_nothing_is_lost();
}

#[tokio::test(start_paused = true)]
async fn heartbeats_keep_the_whole_lane() {
    let queue = FakeQueue::new();
    (0..5).for_each(|n| queue.send_in_group("a", &format!("a{n}")));
    let handler = |_: Message, _: Context| sleep(19 * SECOND);
    // The last message begins after 76 s, with a visibility timeout of 30 s.
    let rig = Rig::with(&queue, fifo(), handler);
    sleep(60 * SECOND).await;
    // The group has advanced three times, the last time after 57 s.
    let blocked = rig.scrape().sum("longshore_message_group_blocked_seconds", &[]);
    assert!((3.0..4.0).contains(&blocked), "{blocked}");
    queue.until("all deleted", |queue| queue.deleted().len() == 5).await;
    assert_eq!(queue.deleted(), ["a0", "a1", "a2", "a3", "a4"]);
    assert_eq!(queue.counts().redelivered, 0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_last_delete_of_a_lane_does_not_linger() {
    let queue = FakeQueue::new();
    (0..20).for_each(|n| queue.send_in_group("a", &format!("a{n:02}")));
    let handler = |_: Message, _: Context| async {};
    let began = Instant::now();
    let rig = Rig::with(&queue, fifo().delete_linger(7 * SECOND), handler);
    queue.until("all deleted", |queue| queue.deleted().len() == 20).await;
    assert!(began.elapsed() < SECOND, "{:?}", began.elapsed());
    let is_delete = |call: &Call| matches!(call, Call::Delete(_));
    let deletes: Vec<_> = queue.calls().into_iter().filter(is_delete).collect();
    // One for each receive. The second receive is sent while the first lane has its slot.
    assert_eq!(deletes, [Call::Delete(10), Call::Delete(9), Call::Delete(1)]);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn deletes_before_a_failure_do_not_linger() {
    let queue = FakeQueue::new();
    (0..3).for_each(|n| queue.send_in_group("a", &format!("a{n}")));
    let handler = |message: Message, _: Context| async move {
        let fails = message.body == "a1" && message.receive_count == 1;
        if fails { Verdict::retry("once") } else { Verdict::Done }
    };
    let began = Instant::now();
    let config = fifo().delete_linger(7 * SECOND).retry(RetryConfig::new(SECOND, SECOND));
    let rig = Rig::with(&queue, config, handler);
    // The group is blocked until the first message is deleted.
    queue.until("all deleted", |queue| queue.deleted().len() == 3).await;
    assert!(began.elapsed() < 2 * SECOND, "{:?}", began.elapsed());
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_the_circuit_breaker_returns_has_not_failed() {
    let queue = FakeQueue::new();
    // The breaker keeps the first message of one group, and returns that of the other.
    send_interleaved(&queue, &["a", "b"], 3);
    let handler = |_: Message, _: Context| async { Verdict::unavailable("away") };
    let mut breaker = BreakerConfig::default();
    breaker.hold = 60 * SECOND;
    let rig = Rig::with(&queue, fifo().breaker(breaker), handler);
    queue.until("a group came back", |queue| queue.visible() == 3).await;
    let released = "longshore_messages_released_behind_failure_total";
    assert_eq!(rig.scrape().sum(released, &[]), 0.0);
    // The group stays blocked in the metrics until it comes back.
    let blocked = rig.scrape().sum("longshore_message_group_blocked_seconds", &[]);
    assert!(blocked >= 60.0, "{blocked}");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn messages_of_a_lost_answer_are_handled_at_once() {
    let queue = FakeQueue::new();
    send_interleaved(&queue, &["a", "b"], 3);
    queue.lose_answers(2);
    let began = Instant::now();
    let rig = Rig::with(&queue, fifo(), |_: Message, _: Context| async {});
    queue.until("all deleted", |queue| queue.deleted().len() == 6).await;
    assert!(began.elapsed() < 2 * SECOND, "{:?}", began.elapsed());
    assert_eq!(queue.counts().redelivered, 0);
    rig.stop().await;
    queue.assert_nothing_is_lost();
}

#[tokio::test(start_paused = true)]
async fn a_stop_releases_the_messages_of_a_lost_answer() {
    let queue = FakeQueue::new();
    let rig = Rig::with(&queue, fifo(), |_: Message, _: Context| async {});
    sleep(SECOND).await;
    queue.lose_answers(1);
    send_interleaved(&queue, &["a", "b"], 3);
    // The stop begins before the receive is repeated.
    sleep(Duration::from_millis(50)).await;
    assert_eq!((queue.visible(), queue.deleted().len()), (0, 0));
    let (report, _) = rig.stop().await;
    assert!(report.ledger.is_clean(), "{}", report.ledger);
    assert_eq!((queue.visible(), queue.deleted().len()), (6, 0));
    queue.assert_nothing_is_lost();
}

#[tokio::test(start_paused = true)]
async fn a_standard_queue_sends_no_attempt_id_and_has_no_lanes() {
    let queue = FakeQueue::new();
    (0..3).for_each(|n| queue.send(&format!("m{n}")));
    queue.lose_answers(1);
    let began = Instant::now();
    let rig = Rig::with(&queue, config("orders"), |_: Message, _: Context| async {});
    queue.until("all deleted", |queue| queue.deleted().len() == 3).await;
    assert!(began.elapsed() >= 30 * SECOND, "{:?}", began.elapsed());
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_message_groups", &[]), 0.0);
}

/// Counts the handlers that run, also those whose future is dropped.
struct Running(Arc<Mutex<(u32, u32)>>);

impl Running {
    fn begin(counts: &Arc<Mutex<(u32, u32)>>) -> Self {
        let mut now = counts.lock().unwrap();
        now.0 += 1;
        now.1 = now.1.max(now.0);
        Self(counts.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.lock().unwrap().0 -= 1;
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_comes_back_waits_for_the_handler_that_lost_its_lease() {
    let queue = FakeQueue::new();
    (0..2).for_each(|n| queue.send_in_group("a", &format!("a{n}")));
    // No heartbeat succeeds, so the visibility timeout ends while the handler runs.
    queue.fail_settles(&[FailureKind::Unavailable; 50]);
    let counts = Arc::new(Mutex::new((0, 0)));
    let running = counts.clone();
    let handler = move |message: Message, context: Context| {
        let running = Running::begin(&running);
        async move {
            let _running = running;
            if message.receive_count == 1 {
                // It ends a second after the lease is lost.
                context.stopping().await;
                sleep(SECOND).await;
            }
        }
    };
    let config = fifo().visibility(10 * SECOND).handler_timeout(60 * SECOND);
    let rig = Rig::with(&queue, config, handler);
    sleep(11 * SECOND).await;
    queue.heal();
    queue.until("all deleted", |queue| queue.deleted().len() == 2).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(*counts.lock().unwrap(), (0, 1), "two handlers of a group at once");
    assert!(scrape.sum("longshore_messages_total", &[("result", "lease_lost")]) >= 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_blocked_group_is_measured_until_it_advances() {
    let queue = FakeQueue::new();
    send_interleaved(&queue, &["a", "b"], 2);
    let fixed = Arc::new(Mutex::new(false));
    let is_fixed = fixed.clone();
    let handler = move |message: Message, _: Context| {
        let fails = message.body.starts_with('a') && !*is_fixed.lock().unwrap();
        async move { if fails { Verdict::retry_after(30 * SECOND, "not yet") } else { Verdict::Done } }
    };
    let rig = Rig::with(&queue, fifo(), handler);
    queue.until("the other group", |queue| queue.deleted() == ["b0", "b1"]).await;
    sleep(300 * SECOND).await;
    let blocked = rig.scrape().sum("longshore_message_group_blocked_seconds", &[]);
    assert!((299.0..=301.0).contains(&blocked), "{blocked}");
    *fixed.lock().unwrap() = true;
    queue.until("all deleted", |queue| queue.deleted().len() == 4).await;
    sleep(25 * SECOND).await;
    assert_eq!(rig.scrape().sum("longshore_message_group_blocked_seconds", &[]), 0.0);
    assert_eq!(rig.scrape().sum("longshore_message_groups", &[]), 0.0);
    rig.stop().await;
}
