//! A message stays invisible while its handler runs, and is not handled twice.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use longshore::queue::{
    FailureKind, Queue, QueueAttributes, QueueError, Receipt, Receive, Refused, Visibility,
};
use longshore::{Context, Message, Verdict, Worker};
use tokio::time::{Instant, sleep};

use crate::support::{Call, FakeQueue, Log, Rig};

fn beats(queue: &FakeQueue) -> usize {
    queue.calls().iter().filter(|call| matches!(call, Call::ChangeVisibility(_))).count()
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_outlasts_its_visibility_timeout_runs_once() {
    let queue = FakeQueue::default();
    queue.send("long");
    let handler = |_: Message, _: Context| sleep(Duration::from_secs(29));
    let mut config = crate::support::config("orders");
    config.visibility = Duration::from_secs(10);
    config.handler_timeout = Duration::from_secs(60);
    let rig = Rig::with(&queue, config, handler);
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_messages_received_total", &[]), 1.0);
    assert!(scrape.sum("longshore_heartbeats_total", &[("result", "extended")]) >= 5.0);
}

#[tokio::test(start_paused = true)]
async fn a_handler_of_less_than_half_of_the_timeout_costs_no_heartbeat() {
    let queue = FakeQueue::default();
    queue.send_many(50);
    // The visibility timeout is 30 s.
    let rig = Rig::start(&queue, |_: Message, _: Context| sleep(Duration::from_secs(14)));
    queue.until("all deleted", |queue| queue.is_empty()).await;
    assert_eq!(beats(&queue), 0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn heartbeats_of_ten_messages_are_one_request() {
    let queue = FakeQueue::default();
    queue.send_many(10);
    let rig = Rig::start(&queue, |_: Message, _: Context| sleep(Duration::from_secs(20)));
    queue.until("all deleted", |queue| queue.is_empty()).await;
    assert_eq!(beats(&queue), 1);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_interrupts_the_handler() {
    let queue = FakeQueue::default();
    queue.send("contested");
    let rig = Rig::start(&queue, |_: Message, _: Context| sleep(Duration::from_secs(19)));
    queue.until("received", |queue| queue.calls().len() == 1).await;
    queue.steal_in_flight();
    queue.until("beaten once", |queue| beats(queue) == 1).await;
    sleep(Duration::from_secs(5)).await;
    assert_eq!(rig.scrape().sum("longshore_messages_total", &[("result", "lease_lost")]), 1.0);
    assert_eq!(queue.deleted(), Vec::<String>::new());
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_message_with_a_lost_lease_is_aborted_in_the_ledger() {
    let queue = FakeQueue::default();
    queue.send("contested");
    let rig = Rig::start(&queue, |_: Message, _: Context| sleep(Duration::from_secs(19)));
    queue.until("received", |queue| queue.calls().len() == 1).await;
    // Its beat is due after ten seconds, while the handler winds down.
    sleep(Duration::from_millis(9500)).await;
    queue.steal_in_flight();
    rig.stop.hurry();
    let (report, scrape) = rig.end().await;
    assert_eq!(beats(&queue), 1);
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "lease_lost")]), 1.0);
    assert_eq!(scrape.sum("longshore_messages_aborted_total", &[]), 1.0);
    assert_eq!((report.ledger.aborted, report.ledger.completed), (1, 0), "{}", report.ledger);
}

#[tokio::test(start_paused = true)]
async fn a_failed_heartbeat_is_retried_until_the_lease_ends() {
    let queue = FakeQueue::default();
    queue.send("shaky");
    let rig = Rig::start(&queue, |_: Message, _: Context| sleep(Duration::from_secs(19)));
    queue.until("received", |queue| queue.calls().len() == 1).await;
    queue.fail_settles(&[FailureKind::Unavailable; 3]);
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_heartbeats_total", &[("result", "failed")]), 3.0);
    assert_eq!(scrape.sum("longshore_messages_received_total", &[]), 1.0);
}

#[tokio::test(start_paused = true)]
async fn no_heartbeat_exceeds_twelve_hours() {
    let queue = FakeQueue::default();
    queue.send("marathon");
    let mut config = crate::support::config("orders");
    config.visibility = Duration::from_secs(5 * 3600);
    config.handler_timeout = Duration::from_secs(11 * 3600);
    let rig = Rig::with(&queue, config, |_: Message, _: Context| {
        sleep(Duration::from_secs(11 * 3600 - 60))
    });
    for _ in 0..12 {
        sleep(Duration::from_secs(3600)).await;
    }
    let mut at = 0;
    for call in queue.calls() {
        if let Call::ChangeVisibility(seconds) = call {
            at += 1;
            assert!(seconds[0] <= 12 * 3600);
        }
    }
    assert!(at >= 5, "{at} beats");
    assert_eq!(queue.deleted(), ["marathon"]);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_heartbeat_in_flight_does_not_undo_a_release() {
    let queue = FakeQueue::default();
    queue.send("released");
    // The beat at fifteen seconds lands at eighteen; the handler ends between.
    queue.delay_settles(&[Duration::from_secs(3)]);
    let handler = |message: Message, _: Context| async move {
        if message.receive_count == 1 {
            sleep(Duration::from_secs(16)).await;
            return Verdict::retry_after(Duration::from_secs(5), "again, soon");
        }
        Verdict::Done
    };
    let start = Instant::now();
    let rig = Rig::start(&queue, handler);
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    assert!(start.elapsed() < Duration::from_secs(25), "{:?}", start.elapsed());
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_lease_ends_before_the_twelve_hours_of_sqs() {
    let queue = FakeQueue::default();
    queue.send("marathon");
    queue.delay_answers(Duration::from_millis(900));
    let runs = Duration::from_secs(12 * 3600 - 60);
    let mut config = crate::support::config("orders");
    config.visibility = Duration::from_secs(600);
    config.handler_timeout = Duration::from_secs(12 * 3600);
    let rig = Rig::with(&queue, config, move |_: Message, _: Context| sleep(runs));
    sleep(runs + Duration::from_secs(10)).await;
    assert_eq!(queue.deleted(), ["marathon"]);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_handler_may_take_as_long_as_sqs_keeps_a_message_hidden() {
    let queue = FakeQueue::default();
    queue.send("patient");
    let mut config = crate::support::config("orders");
    config.handler_timeout = Duration::from_secs(12 * 3600);
    let rig = Rig::with(&queue, config, |_: Message, _: Context| sleep(Duration::from_secs(60)));
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_older_than_its_visibility_timeout_is_not_processed() {
    let queue = FakeQueue::default();
    queue.send("old");
    // As if the process had been suspended: longer than the wait and the timeout.
    queue.delay_answers(Duration::from_secs(60));
    let log = Log::default();
    let rig = Rig::start(&queue, log.handler(Duration::ZERO));
    queue.until("received again", |queue| queue.counts().received == 2).await;
    queue.delay_answers(Duration::ZERO);
    queue.until("deleted", |queue| queue.is_empty()).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(log.times()["old"], 1);
    assert!(scrape.sum("longshore_messages_total", &[("result", "lease_lost")]) >= 1.0);
    scrape.assert_the_identity();
}

/// A queue that cannot be reached at times.
struct Unreliable {
    queue: FakeQueue,
    /// The beginning and the end of each outage.
    outages: Vec<(Instant, Instant)>,
}

impl Unreliable {
    /// Outages of up to 0.45 of the timeout, at least 0.25 of it apart.
    fn new(queue: &FakeQueue, visibility: Duration, seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        let mut at = Instant::now();
        let mut outages = Vec::new();
        for _ in 0..12 {
            at += visibility.mul_f64(0.25 + rng.f64());
            let ends = at + visibility.mul_f64(0.45 * rng.f64());
            outages.push((at, ends));
            at = ends;
        }
        Self { queue: queue.clone(), outages }
    }

    fn is_out(&self) -> bool {
        let now = Instant::now();
        self.outages.iter().any(|(begins, ends)| (*begins..*ends).contains(&now))
    }
}

impl Queue for Unreliable {
    fn receive(&self, receive: Receive) -> BoxFuture<'_, Result<Vec<Message>, QueueError>> {
        self.queue.receive(receive)
    }

    fn delete<'a>(
        &'a self,
        receipts: &'a [Receipt],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        self.queue.delete(receipts)
    }

    /// Half of the requests of an outage are refused, and the others have no answer for five
    /// seconds, which is the timeout of the SDK.
    fn change_visibility<'a>(
        &'a self,
        changes: &'a [Visibility],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        async move {
            if !self.is_out() {
                return self.queue.change_visibility(changes).await;
            }
            if fastrand::bool() {
                sleep(Duration::from_secs(5)).await;
            }
            Err(QueueError::new("ChangeMessageVisibilityBatch", FailureKind::Unavailable))
        }
        .boxed()
    }

    fn attributes(&self) -> BoxFuture<'_, Result<QueueAttributes, QueueError>> {
        self.queue.attributes()
    }
}

/// Ten messages for each seed, and handlers that take up to three timeouts.
#[tokio::test(start_paused = true)]
async fn no_lease_is_lost_while_sqs_is_away_for_less_than_half_of_the_timeout() {
    let (mut failed, mut messages) = (0.0, 0.0);
    for seed in 0..300 {
        fastrand::seed(seed);
        let queue = FakeQueue::default();
        queue.send_many(10);
        let mut config = crate::support::config("orders");
        config.visibility = Duration::from_secs([10, 30, 120][seed as usize % 3]);
        config.handler_timeout = 4 * config.visibility;
        let longest = 3 * config.visibility;
        let unreliable = Unreliable::new(&queue, config.visibility, seed);
        let handler = move |_: Message, _: Context| sleep(longest.mul_f64(fastrand::f64()));
        let config = config.build().unwrap();
        let rig = Rig::run(Worker::builder().add(config, unreliable, handler));
        queue.until("all deleted", |queue| queue.deleted().len() == 10).await;
        let (_, scrape) = rig.stop().await;
        let lost = scrape.sum("longshore_messages_total", &[("result", "lease_lost")]);
        assert_eq!((lost, queue.counts().redelivered), (0.0, 0), "seed {seed}");
        failed += scrape.sum("longshore_heartbeats_total", &[("result", "failed")]);
        messages += 10.0;
    }
    assert!(failed > messages, "{failed} failed heartbeats");
}
