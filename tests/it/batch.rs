//! Batch handlers: what they get, when, and what follows from their verdicts.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use longshore::config::{BatchConfig, QueueConfigBuilder};
use longshore::worker::BuildError;
use longshore::{BatchHandler, Context, Message, Verdict, Worker};
use tokio::time::{Instant, sleep};

use crate::support::{FakeQueue, Rig, config};

const SECOND: Duration = Duration::from_secs(1);
const WINDOW: Duration = Duration::from_millis(200);

/// Records the sizes of its batches, and answers with a function of the messages.
#[derive(Clone)]
struct Recorder {
    sizes: Arc<Mutex<Vec<usize>>>,
    verdict: fn(&Message) -> Verdict,
    takes: Duration,
}

impl Recorder {
    fn new(verdict: fn(&Message) -> Verdict) -> Self {
        Self { sizes: Arc::default(), verdict, takes: Duration::ZERO }
    }

    fn sizes(&self) -> Vec<usize> {
        self.sizes.lock().unwrap().clone()
    }
}

impl BatchHandler for Recorder {
    async fn handle_batch(&self, messages: &[Message], _: Context) -> Vec<Verdict> {
        self.sizes.lock().unwrap().push(messages.len());
        sleep(self.takes).await;
        messages.iter().map(self.verdict).collect()
    }
}

fn batches(max: usize) -> QueueConfigBuilder {
    let batch = BatchConfig::new(max, WINDOW);
    config("orders").concurrency(max.max(10)).batch(Some(batch)).gather(Duration::ZERO)
}

fn start(queue: &FakeQueue, config: QueueConfigBuilder, handler: impl BatchHandler) -> Rig {
    Rig::run(Worker::builder().add_batch(config.build().unwrap(), queue.clone(), handler))
}

fn done(_: &Message) -> Verdict {
    Verdict::Done
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_fails_three_of_ten_gets_exactly_those_again() {
    let queue = FakeQueue::new();
    queue.send_many(10);
    let recorder = Recorder::new(|message| {
        let fails = ["m2", "m5", "m9"].contains(&&*message.body) && message.receive_count == 1;
        if fails { Verdict::retry("not yet") } else { Verdict::Done }
    });
    let rig = start(&queue, batches(10), recorder.clone());
    queue.until("all deleted", |queue| queue.deleted().len() == 10).await;
    let again: BTreeSet<_> = queue.deleted()[7..].iter().cloned().collect();
    assert_eq!(again, ["m2", "m5", "m9"].map(str::to_owned).into());
    assert_eq!(recorder.sizes()[0], 10);
    assert_eq!(recorder.sizes().iter().sum::<usize>(), 13);
    let (report, scrape) = rig.stop().await;
    assert!(report.ledger.is_clean());
    // Messages are counted, not batches.
    let calls = scrape.sum("longshore_processing_duration_seconds_count", &[]);
    assert_eq!(calls, 13.0);
    assert_eq!(scrape.sum("longshore_handler_errors_total", &[("kind", "retry")]), 3.0);
    assert_eq!(scrape.sum("longshore_handler_batch_size_sum", &[]), 13.0);
    queue.assert_nothing_is_lost();
}

#[tokio::test(start_paused = true)]
async fn a_full_batch_does_not_wait_and_another_waits_for_its_window() {
    let queue = FakeQueue::new();
    queue.send_many(10);
    let recorder = Recorder::new(done);
    let began = Instant::now();
    let rig = start(&queue, batches(10).delete_linger(Duration::ZERO), recorder.clone());
    queue.until("the full batch", |queue| queue.deleted().len() == 10).await;
    assert_eq!(began.elapsed(), Duration::ZERO);
    queue.send_many(3);
    let began = Instant::now();
    queue.until("the other batch", |queue| queue.deleted().len() == 13).await;
    assert_eq!(began.elapsed(), WINDOW);
    assert_eq!(recorder.sizes(), [10, 3]);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_batch_collects_the_messages_of_several_receives() {
    let queue = FakeQueue::new();
    queue.send_many(250);
    let recorder = Recorder::new(done);
    let rig = start(&queue, batches(100), recorder.clone());
    queue.until("all deleted", |queue| queue.deleted().len() == 250).await;
    assert_eq!(recorder.sizes(), [100, 100, 50]);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn every_message_of_a_long_batch_keeps_its_lease() {
    let queue = FakeQueue::new();
    queue.send_many(10);
    let recorder = Recorder { takes: 100 * SECOND, ..Recorder::new(done) };
    let config = batches(10).handler_timeout(200 * SECOND);
    let rig = start(&queue, config, recorder);
    queue.until("all deleted", |queue| queue.deleted().len() == 10).await;
    assert_eq!(queue.counts().redelivered, 0);
    rig.stop().await;
}

/// Panics with the first batch, and gives too few verdicts for the second.
struct Clumsy(Mutex<u32>);

impl BatchHandler for Clumsy {
    async fn handle_batch(&self, messages: &[Message], _: Context) -> Vec<Verdict> {
        let call = {
            let mut calls = self.0.lock().unwrap();
            *calls += 1;
            *calls
        };
        match call {
            1 => panic!("a planned panic"),
            2 => vec![Verdict::Done; messages.len() - 1],
            _ => vec![Verdict::Done; messages.len() + 3],
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_counts_for_all_and_a_missing_verdict_is_a_retry() {
    let queue = FakeQueue::new();
    queue.send_many(4);
    let rig = start(&queue, batches(4), Clumsy(Mutex::new(0)));
    queue.until("all deleted", |queue| queue.deleted().len() == 4).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_handler_errors_total", &[("kind", "panicked")]), 4.0);
    assert!(scrape.sum("longshore_handler_errors_total", &[("kind", "retry")]) >= 1.0);
    queue.assert_nothing_is_lost();
}

/// Ends when it must stop, with what it has done until then.
struct Patient;

impl BatchHandler for Patient {
    async fn handle_batch(&self, messages: &[Message], context: Context) -> Vec<Verdict> {
        context.stopping().await;
        let verdict = |place| if place == 0 { Verdict::Done } else { Verdict::retry("no time") };
        (0..messages.len()).map(verdict).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn at_the_timeout_a_batch_can_still_answer() {
    let queue = FakeQueue::new();
    queue.send_many(3);
    let began = Instant::now();
    let rig = start(&queue, batches(10).handler_timeout(5 * SECOND), Patient);
    queue.until("the first is deleted", |queue| !queue.deleted().is_empty()).await;
    assert_eq!(queue.deleted(), ["m0"]);
    // The timeout includes the window.
    assert!((5..=6).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_aborts_the_batch_at_the_end_of_the_grace() {
    let queue = FakeQueue::new();
    queue.send_many(5);
    let recorder = Recorder { takes: 3600 * SECOND, ..Recorder::new(done) };
    let rig = start(&queue, batches(10).handler_timeout(7200 * SECOND), recorder.clone());
    while recorder.sizes().is_empty() {
        sleep(WINDOW).await;
    }
    let (report, _) = rig.stop().await;
    assert_eq!(report.ledger.aborted, 5);
    queue.assert_nothing_is_lost();
}

#[test]
fn batches_need_a_batch_handler_slots_and_a_window() {
    let single = |_: Message, _: Context| async {};
    let config = batches(10).build().unwrap();
    let error = Worker::builder().add(config, FakeQueue::new(), single).build().unwrap_err();
    assert!(matches!(error, BuildError::NoBatchHandler(queue) if queue == "orders"));
    let refusal = |max, window| {
        let batch = BatchConfig::new(max, window);
        config_with(batch).build().unwrap_err().to_string()
    };
    assert!(refusal(11, WINDOW).contains("a concurrency of at least batch.max"));
    assert!(refusal(0, WINDOW).contains("1 to 10000"));
    assert!(refusal(20_000, WINDOW).contains("1 to 10000"));
    assert!(refusal(10, Duration::ZERO).contains("1ms to 5m"));
    assert!(refusal(10, 15 * SECOND).contains("less than the freshness threshold"));
}

fn config_with(batch: BatchConfig) -> QueueConfigBuilder {
    config("orders").batch(Some(batch))
}

/// Records the bodies of each call, and fails a body once.
#[derive(Clone, Default)]
struct InOrder {
    calls: Arc<Mutex<Vec<Vec<String>>>>,
    fails: Option<&'static str>,
    takes: Duration,
}

impl BatchHandler for InOrder {
    async fn handle_batch(&self, messages: &[Message], _: Context) -> Vec<Verdict> {
        let bodies = messages.iter().map(|message| message.body.clone()).collect();
        self.calls.lock().unwrap().push(bodies);
        sleep(self.takes).await;
        let is_bad =
            |message: &Message| Some(&*message.body) == self.fails && message.receive_count == 1;
        let verdict =
            |message| if is_bad(message) { Verdict::retry("once") } else { Verdict::Done };
        messages.iter().map(verdict).collect()
    }
}

impl InOrder {
    fn calls(&self) -> Vec<Vec<String>> {
        self.calls.lock().unwrap().clone()
    }
}

fn fifo_batches(max: usize) -> QueueConfigBuilder {
    let batch = BatchConfig::new(max, WINDOW);
    config("orders.fifo").concurrency(max.max(10)).batch(Some(batch)).gather(Duration::ZERO)
}

fn send_group(queue: &FakeQueue, group: &str, count: usize) {
    (0..count).for_each(|n| queue.send_in_group(group, &format!("{group}{n}")));
}

#[tokio::test(start_paused = true)]
async fn the_messages_of_a_group_are_in_one_call_in_their_order() {
    let queue = FakeQueue::new();
    send_group(&queue, "a", 4);
    send_group(&queue, "b", 3);
    let handler = InOrder::default();
    let rig = start(&queue, fifo_batches(10), handler.clone());
    queue.until("all deleted", |queue| queue.deleted().len() == 7).await;
    assert_eq!(handler.calls(), [["a0", "a1", "a2", "a3", "b0", "b1", "b2"]]);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_group_that_is_larger_than_a_batch_is_in_one_call_at_a_time() {
    let queue = FakeQueue::new();
    send_group(&queue, "a", 10);
    let handler = InOrder { takes: SECOND, ..InOrder::default() };
    let began = Instant::now();
    let rig = start(&queue, fifo_batches(4), handler.clone());
    queue.until("all deleted", |queue| queue.deleted().len() == 10).await;
    let expected: [&[&str]; 3] =
        [&["a0", "a1", "a2", "a3"], &["a4", "a5", "a6", "a7"], &["a8", "a9"]];
    assert_eq!(handler.calls(), expected);
    assert_eq!(began.elapsed().as_secs(), 3, "one call after the other");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn from_the_first_failure_of_a_group_on_the_rest_of_it_comes_again() {
    let queue = FakeQueue::new();
    send_group(&queue, "a", 4);
    send_group(&queue, "b", 2);
    let handler = InOrder { fails: Some("a1"), ..InOrder::default() };
    let rig = start(&queue, fifo_batches(10), handler.clone());
    queue.until("all deleted", |queue| queue.deleted().len() == 6).await;
    let expected: [&[&str]; 2] = [&["a0", "a1", "a2", "a3", "b0", "b1"], &["a1", "a2", "a3"]];
    assert_eq!(handler.calls(), expected);
    assert_eq!(queue.deleted()[3..], ["a1", "a2", "a3"]);
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_messages_released_behind_failure_total", &[]), 2.0);
    queue.assert_nothing_is_lost();
}

#[tokio::test(start_paused = true)]
async fn messages_that_wait_behind_a_failure_in_another_call_are_not_handled() {
    let queue = FakeQueue::new();
    send_group(&queue, "a", 6);
    let handler = InOrder { fails: Some("a2"), takes: SECOND, ..InOrder::default() };
    let rig = start(&queue, fifo_batches(4), handler.clone());
    queue.until("all deleted", |queue| queue.deleted().len() == 6).await;
    let expected: [&[&str]; 2] = [&["a0", "a1", "a2", "a3"], &["a2", "a3", "a4", "a5"]];
    assert_eq!(handler.calls(), expected);
    rig.stop().await;
}

/// The first message of the first call does not reach the application.
struct AwayAtFirst(Arc<Mutex<Vec<Vec<String>>>>);

impl BatchHandler for AwayAtFirst {
    async fn handle_batch(&self, messages: &[Message], _: Context) -> Vec<Verdict> {
        let mut calls = self.0.lock().unwrap();
        calls.push(messages.iter().map(|message| message.body.clone()).collect());
        let mut verdicts = vec![Verdict::Done; messages.len()];
        if calls.len() == 1 {
            verdicts[0] = Verdict::unavailable("away");
        }
        verdicts
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_handled_before_an_earlier_message_of_its_group_is_handled_again() {
    let queue = FakeQueue::new();
    send_group(&queue, "a", 3);
    let calls = Arc::new(Mutex::new(Vec::new()));
    let rig = start(&queue, fifo_batches(10), AwayAtFirst(calls.clone()));
    queue.until("all deleted", |queue| queue.deleted().len() == 3).await;
    // The circuit breaker closes slowly, so the last two are called one by one.
    let expected: [&[&str]; 4] = [&["a0", "a1", "a2"], &["a0"], &["a1"], &["a2"]];
    assert_eq!(*calls.lock().unwrap(), expected);
    assert_eq!(queue.deleted(), ["a0", "a1", "a2"]);
    assert_eq!(queue.counts().redelivered, 0, "an outage uses up no receives");
    let (_, scrape) = rig.stop().await;
    // Two were handled twice, and each message waited once.
    assert_eq!(scrape.sum("longshore_queue_wait_seconds_count", &[]), 3.0);
}

/// Of the first call with both messages of a group, the last one does not reach the application.
#[derive(Default)]
struct AwayAtTheEnd(Mutex<BTreeSet<Option<String>>>);

impl BatchHandler for AwayAtTheEnd {
    async fn handle_batch(&self, messages: &[Message], _: Context) -> Vec<Verdict> {
        sleep(WINDOW).await;
        let mut verdicts = vec![Verdict::Done; messages.len()];
        let group = &messages[0].group_id;
        let is_both = messages.len() == 2 && messages[1].group_id == *group;
        if is_both && self.0.lock().unwrap().insert(group.clone()) {
            verdicts[1] = Verdict::unavailable("away");
        }
        verdicts
    }
}

#[tokio::test(start_paused = true)]
async fn a_lane_does_not_wait_for_the_slot_that_it_has() {
    let queue = FakeQueue::new();
    // The two slots become free fast enough for a receive of ten messages.
    (0..20).for_each(|n| queue.send_in_group(&format!("group{n}"), &n.to_string()));
    send_group(&queue, "a", 2);
    send_group(&queue, "b", 2);
    let config = fifo_batches(2).concurrency(2).max_hold(5 * SECOND);
    let handler = Arc::new(AwayAtTheEnd::default());
    let rig = start(&queue, config, Shared(handler.clone()));
    let began = Instant::now();
    queue.until("all deleted", |queue| queue.deleted().len() == 24).await;
    assert!(began.elapsed() < 30 * SECOND, "{:?}", began.elapsed());
    let away = handler.0.lock().unwrap().clone();
    assert_eq!(away, ["a", "b"].map(|group| Some(group.to_owned())).into());
    assert_eq!(queue.counts().redelivered, 0);
    rig.stop().await;
}

/// A handler that the test keeps.
struct Shared<H>(Arc<H>);

impl<H: BatchHandler> BatchHandler for Shared<H> {
    async fn handle_batch(&self, messages: &[Message], context: Context) -> Vec<Verdict> {
        self.0.handle_batch(messages, context).await
    }
}

/// One batch in three fails as a whole, as an HTTP handler that answers with a status of 500.
#[derive(Clone, Default)]
struct EveryThird(Arc<Mutex<Vec<usize>>>);

impl BatchHandler for EveryThird {
    async fn handle_batch(&self, messages: &[Message], _: Context) -> Vec<Verdict> {
        let mut calls = self.0.lock().unwrap();
        calls.push(messages.len());
        let fails = calls.len() % 3 == 1;
        let verdict = || if fails { Verdict::outage("status 500") } else { Verdict::Done };
        messages.iter().map(|_| verdict()).collect()
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_fails_is_one_failed_call_for_the_circuit_breaker() {
    let queue = FakeQueue::new();
    queue.send_many(600);
    let rig = start(&queue, batches(100), EveryThird::default());
    let began = Instant::now();
    // Two of three calls succeed, so the breaker stays closed and nothing waits.
    queue.until("two thirds deleted", |queue| queue.deleted().len() == 400).await;
    assert!(began.elapsed() < SECOND, "{:?}", began.elapsed());
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_messages_of_a_standard_queue_do_not_wait_for_their_group() {
    let queue = FakeQueue::new();
    // The first call fails while two messages of the group wait for the end of the window.
    let handler = InOrder { fails: Some("a1"), takes: WINDOW / 2, ..InOrder::default() };
    send_group(&queue, "a", 5);
    let rig = start(&queue, batches(3), handler.clone());
    queue.until("all deleted", |queue| queue.deleted().len() == 5).await;
    let expected: [&[&str]; 3] = [&["a0", "a1", "a2"], &["a3", "a4"], &["a1"]];
    assert_eq!(handler.calls(), expected);
    rig.stop().await;
}

fn count(scrape: &crate::support::Scrape, metric: &str, label: (&str, &str)) -> f64 {
    scrape.sum(metric, &[label])
}

/// A handler that hangs until it is interrupted, then gives no message up.
struct Hangs;

impl BatchHandler for Hangs {
    async fn handle_batch(&self, messages: &[Message], context: Context) -> Vec<Verdict> {
        context.stopping().await;
        vec![Verdict::retry("stopped"); messages.len()]
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_times_out_times_out_for_each_of_its_messages() {
    let queue = FakeQueue::new();
    queue.send_many(9);
    let rig = start(&queue, batches(10).handler_timeout(3 * SECOND), Hangs);
    sleep(3500 * Duration::from_millis(1)).await;
    let scrape = rig.scrape();
    assert_eq!(count(&scrape, "longshore_handler_errors_total", ("kind", "timed_out")), 9.0);
    assert_eq!(count(&scrape, "longshore_handler_errors_total", ("kind", "retry")), 0.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_grace_aborts_each_message_of_a_call() {
    let queue = FakeQueue::new();
    queue.send_many(9);
    let rig = start(&queue, batches(10).handler_timeout(3600 * SECOND), Hangs);
    queue.until("received", |queue| queue.counts().received == 9).await;
    sleep(SECOND).await;
    let (report, scrape) = rig.stop().await;
    assert_eq!((report.ledger.aborted, report.ledger.completed), (9, 0), "{}", report.ledger);
    assert_eq!(scrape.sum("longshore_messages_aborted_total", &[]), 9.0);
    assert_eq!(queue.visible(), 9, "they are released at once");
}

#[tokio::test(start_paused = true)]
async fn a_hanging_batch_handler_opens_the_circuit_breaker() {
    let queue = FakeQueue::new();
    queue.send_many(200);
    let rig = start(&queue, batches(10).handler_timeout(SECOND), Hangs);
    sleep(60 * SECOND).await;
    assert_eq!(count(&rig.scrape(), "longshore_breaker_state", ("state", "open")), 1.0);
    assert!(queue.most_receives() <= 2, "{} receives", queue.most_receives());
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stop_does_not_wait_for_the_window() {
    let queue = FakeQueue::new();
    queue.send_many(3);
    let recorder = Recorder::new(done);
    let batch = BatchConfig::new(50, 60 * SECOND);
    let mut config = batches(50).batch(Some(batch));
    config.objectives.freshness_threshold = Duration::ZERO;
    let rig = start(&queue, config, recorder.clone());
    queue.until("received", |queue| queue.counts().received == 3).await;
    sleep(SECOND).await;
    // Their handler has not started.
    assert_eq!(rig.scrape().sum("longshore_messages_held", &[]), 3.0);
    let began = Instant::now();
    let (report, _) = rig.stop().await;
    assert!(began.elapsed() < 25 * SECOND, "{:?}", began.elapsed());
    assert_eq!(recorder.sizes(), [3]);
    assert_eq!(report.ledger.completed, 3, "{}", report.ledger);
}

#[tokio::test(start_paused = true)]
async fn the_window_is_a_wait_and_not_the_time_of_the_handler() {
    let queue = FakeQueue::new();
    queue.send_many(5);
    let batch = BatchConfig::new(50, 6 * SECOND);
    // The window is longer than the handler may take.
    let config = batches(50).batch(Some(batch)).handler_timeout(2 * SECOND);
    let recorder = Recorder { takes: SECOND, ..Recorder::new(done) };
    let rig = start(&queue, config, recorder);
    queue.until("deleted", |queue| queue.deleted().len() == 5).await;
    let (_, scrape) = rig.stop().await;
    let ran = scrape.sum("longshore_processing_duration_seconds_sum", &[]);
    assert!((5.0..5.1).contains(&ran), "{ran}");
    let waited = scrape.sum("longshore_queue_wait_seconds_sum", &[]);
    assert!((29.9..30.5).contains(&waited), "{waited}");
}
