//! Deletes and returns, and what happens when SQS does not accept them.

use std::time::Duration;

use longshore::queue::FailureKind;
use longshore::worker::WorkerBuilder;
use longshore::{Context, Message, Verdict};
use tokio::time::{Instant, sleep};

use crate::support::{Call, FakeQueue, Log, Rig, config};

async fn done(_message: Message, _context: Context) {}

/// Requests with deletes so far.
fn deletes(queue: &FakeQueue) -> usize {
    queue.calls().iter().filter(|call| matches!(call, Call::Delete(_))).count()
}

#[tokio::test(start_paused = true)]
async fn a_refused_entry_is_sent_again_and_the_others_are_not() {
    let queue = FakeQueue::default();
    queue.send_many(10);
    queue.refuse(&[false, false]);
    let rig = Rig::start(&queue, done);
    queue.until("all deleted", |queue| queue.is_empty()).await;
    let deletes: Vec<_> =
        queue.calls().into_iter().filter(|c| matches!(c, Call::Delete(_))).collect();
    assert_eq!(deletes, [Call::Delete(10), Call::Delete(2)]);
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "deleted")]), 10.0);
}

#[tokio::test(start_paused = true)]
async fn an_entry_at_fault_itself_is_not_sent_again() {
    let queue = FakeQueue::default();
    queue.send("doomed");
    queue.refuse(&[true]);
    let rig = Rig::start(&queue, done);
    queue.until("deleted once", |queue| queue.calls().contains(&Call::Delete(1))).await;
    sleep(Duration::from_secs(20)).await;
    let scrape = rig.scrape();
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "lease_lost")]), 1.0);
    assert_eq!(deletes(&queue), 1);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_fails_is_repeated_until_it_succeeds() {
    let queue = FakeQueue::default();
    queue.send_many(3);
    queue.fail_settles(&[FailureKind::Unavailable; 4]);
    let rig = Rig::start(&queue, done);
    queue.until("all deleted", |queue| queue.is_empty()).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "deleted")]), 3.0);
    assert_eq!(scrape.sum("longshore_messages_received_total", &[]), 3.0);
}

#[tokio::test(start_paused = true)]
async fn finished_work_is_not_done_again_while_sqs_has_trouble() {
    let queue = FakeQueue::default();
    queue.send_many(40);
    queue.fail_settles(&[FailureKind::Unavailable; 1000]);
    let log = Log::default();
    let rig = Rig::with(&queue, config("orders").concurrency(20), log.handler(Duration::ZERO));
    queue.until("all received", |queue| queue.counts().received == 40).await;
    sleep(Duration::from_secs(200)).await;
    queue.heal();
    queue.until("all deleted", |queue| queue.deleted().len() == 40).await;
    let (_, scrape) = rig.stop().await;
    assert!(log.times().values().all(|times| *times == 1), "{:?}", log.times());
    let judged = |result| [("slo", "delivery"), ("result", result)];
    assert_eq!(scrape.sum("longshore_slo_events_total", &judged("good")), 40.0);
    assert_eq!(scrape.sum("longshore_slo_events_total", &judged("bad")), 0.0);
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_deletes_are_denied_is_handled_once_and_counts_as_bad_once() {
    let queue = FakeQueue::default();
    queue.send("stubborn");
    queue.deny_deletes();
    let log = Log::default();
    let rig = Rig::start(&queue, log.handler(Duration::ZERO));
    sleep(Duration::from_secs(3000)).await;
    let scrape = rig.scrape();
    let bad = [("slo", "delivery"), ("result", "bad")];
    assert_eq!(scrape.sum("longshore_slo_events_total", &bad), 1.0);
    queue.heal();
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(log.times()["stubborn"], 1);
    assert_eq!(scrape.sum("longshore_slo_events_total", &[("slo", "delivery")]), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_run_until_empty_ends_although_its_deletes_are_denied() {
    let queue = FakeQueue::default();
    queue.send("stubborn");
    queue.fail_settles(&[FailureKind::Denied; 40]);
    let rig = Rig::build(&queue, config("orders"), done, WorkerBuilder::until_empty);
    let (_, scrape) = rig.end().await;
    assert!(scrape.sum("longshore_messages_total", &[("result", "abandoned")]) >= 1.0);
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "deleted")]), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_single_delete_lingers_for_its_time() {
    let queue = FakeQueue::default();
    queue.send("lonely");
    let rig = Rig::start(&queue, done);
    queue.until("received", |queue| queue.calls().len() == 1).await;
    let received = Instant::now();
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    assert_eq!(received.elapsed().as_secs(), 1);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_without_an_answer_does_not_delay_a_return_for_long() {
    let queue = FakeQueue::default();
    queue.send("comes again");
    // The heartbeat at fifteen seconds gets no answer until long after the lease has run out. It is
    // given up after a quarter of the time that is left.
    queue.delay_settles(&[Duration::from_secs(40)]);
    let rig = Rig::start(&queue, |message: Message, _: Context| async move {
        if message.receive_count == 1 {
            sleep(Duration::from_secs(16)).await;
            return Verdict::retry_after(Duration::ZERO, "again");
        }
        Verdict::Done
    });
    let began = Instant::now();
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    assert!(began.elapsed() < Duration::from_secs(22), "{:?}", began.elapsed());
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "retried")]), 1.0);
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "lease_lost")]), 0.0);
}

#[tokio::test(start_paused = true)]
async fn until_empty_settles_until_the_leases_end() {
    let queue = FakeQueue::default();
    queue.send("m");
    queue.let_receives_succeed(1);
    queue.fail_receives(&[FailureKind::Denied]);
    queue.fail_settles(&[FailureKind::Unavailable; 6]);
    let handler = |_: Message, _: Context| sleep(Duration::from_secs(1));
    let rig = Rig::build(
        &queue,
        config("orders"),
        handler,
        longshore::worker::WorkerBuilder::until_empty,
    );
    let (_, scrape) = rig.end().await;
    assert_eq!(queue.deleted(), ["m"]);
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "abandoned")]), 0.0);
}

#[tokio::test(start_paused = true)]
async fn a_retry_delay_is_limited_to_twelve_hours() {
    let queue = FakeQueue::default();
    queue.send("tonight");
    queue.delay_answers(Duration::from_millis(200));
    let half_a_day = Duration::from_secs(12 * 3600);
    let rig = Rig::start(&queue, move |_: Message, _: Context| async move {
        Verdict::retry_after(half_a_day, "tonight")
    });
    let returned = |call: &Call| matches!(call, Call::ChangeVisibility(_));
    queue.until("returned", |queue| queue.calls().iter().any(returned)).await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(rig.scrape().sum("longshore_messages_total", &[("result", "retried")]), 1.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_delete_does_not_linger_beyond_its_lease() {
    let queue = FakeQueue::default();
    queue.send("just in time");
    queue.fail_settles(&[FailureKind::Unavailable; 100]);
    let inner = queue.clone();
    let mut config = crate::support::config("orders");
    (config.visibility, config.delete_linger) = (Duration::from_secs(10), Duration::from_secs(2));
    let rig = Rig::with(&queue, config, move |_: Message, _: Context| {
        let queue = inner.clone();
        async move {
            sleep(Duration::from_secs(9)).await;
            queue.heal();
        }
    });
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_messages_received_total", &[]), 1.0);
}

/// The handler ends just before the heartbeat of its message. The next one must not wait for another
/// half of the whole timeout: then the message comes back if that one heartbeat fails.
#[tokio::test(start_paused = true)]
async fn a_message_whose_delete_fails_is_extended_after_half_of_the_time_that_is_left() {
    let queue = FakeQueue::default();
    queue.send("stubborn");
    queue.deny_deletes();
    let mut config = crate::support::config("orders");
    (config.visibility, config.handler_timeout) =
        (Duration::from_secs(60), Duration::from_secs(60));
    let rig = Rig::with(&queue, config, |_: Message, _: Context| sleep(Duration::from_secs(29)));
    queue.until("received", |queue| queue.counts().received == 1).await;
    let received = Instant::now();
    let extended = |call: &Call| matches!(call, Call::ChangeVisibility(_));
    queue.until("extended", |queue| queue.calls().iter().any(extended)).await;
    assert_eq!(received.elapsed().as_secs(), 29 + 31 / 2, "the time that is left is 31 s");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn deletes_that_wait_behind_denied_ones_keep_their_messages_hidden() {
    let queue = FakeQueue::default();
    queue.send_many(600);
    queue.deny_deletes();
    let log = Log::default();
    let rig = Rig::with(&queue, config("orders").concurrency(40), log.handler(Duration::ZERO));
    sleep(Duration::from_secs(900)).await;
    assert!(log.len() >= 200, "only {} messages were handled", log.len());
    assert!(log.times().values().all(|times| *times == 1), "a message was handled twice");
    queue.heal();
    queue.until("all deleted", |queue| queue.deleted().len() == 600).await;
    assert!(log.times().values().all(|times| *times == 1), "a message was handled twice");
    rig.stop().await;
}

/// The deletes fill the settler, and their back-offs are longer than the shutdown.
#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_the_back_offs_of_deletes() {
    let queue = FakeQueue::default();
    queue.send_many(400);
    queue.fail_settles(&[FailureKind::Unavailable; 10_000]);
    let log = Log::default();
    let rig = Rig::with(&queue, config("orders").concurrency(40), log.handler(Duration::ZERO));
    sleep(Duration::from_secs(300)).await;
    queue.heal();
    let healed = Instant::now();
    let (report, _) = rig.stop().await;
    let ledger = report.ledger;
    assert!(healed.elapsed() < Duration::from_secs(5), "{:?}", healed.elapsed());
    assert_eq!((ledger.completed, ledger.abandoned), (log.len() as u64, 0), "{ledger}");
    assert_eq!(queue.deleted().len(), log.len());
}

#[tokio::test(start_paused = true)]
async fn deletes_that_fail_at_the_end_of_a_shutdown_are_sent_six_times_more() {
    let queue = FakeQueue::default();
    queue.send("stubborn");
    queue.deny_deletes();
    let rig = Rig::start(&queue, done);
    sleep(Duration::from_secs(300)).await;
    let before = deletes(&queue);
    let (report, _) = rig.stop().await;
    assert_eq!(report.ledger.abandoned, 1);
    let after_the_stop = deletes(&queue) - before;
    // One at once.
    assert!(after_the_stop >= 7, "{after_the_stop} requests");
}

/// Both are in the same request, which fails. SQS has refused the old one for a while.
#[tokio::test(start_paused = true)]
async fn a_delete_does_not_wait_for_the_failures_of_another_message() {
    let queue = FakeQueue::default();
    queue.send("old");
    queue.refuse(&[false; 6]);
    let config = config("orders").visibility(Duration::from_secs(600));
    let rig = Rig::with(&queue, config.delete_linger(Duration::from_secs(7)), done);
    queue.until("refused", |queue| deletes(queue) == 6).await;
    // The old one goes out again after at most 6.4 s, and waits for the new one, which lingers.
    queue.send("new");
    let began = Instant::now();
    queue.fail_settles(&[FailureKind::Unavailable]);
    queue.until("both deleted", FakeQueue::is_empty).await;
    assert_eq!(queue.calls().last(), Some(&Call::Delete(2)));
    assert_eq!(deletes(&queue), 8);
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    rig.stop().await;
}
