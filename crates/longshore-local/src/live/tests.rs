//! Tests of a live queue without a server.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::long_poll::{LongPoll, ReceiveOutcome, Wait};
use super::queue::{DeadLetterQueues, LiveQueue};
use super::wakeup::run_timer;
use crate::clock::Clock;
use crate::message::{Attributes, Content};
use crate::queue::{Delivery, NewMessage, Queue, ReceiveOptions};
use crate::scope::Scope;
use crate::settings::{QueueAttributes, Settings};

#[derive(Debug)]
struct NoDeadLetterQueues;

impl DeadLetterQueues for NoDeadLetterQueues {
    fn find_arn(&self, _: &str) -> Option<Arc<LiveQueue>> {
        None
    }
}

/// A queue with a running timer task.
struct Fixture {
    live: Arc<LiveQueue>,
    stop: CancellationToken,
}

impl Fixture {
    fn new() -> Self {
        let settings = Settings::new("q", &QueueAttributes::new()).unwrap();
        let queue = Queue::new(settings, 120_000);
        let dead_letter_queues: Weak<NoDeadLetterQueues> = Weak::new();
        let clock = Arc::new(Clock::start());
        let live = LiveQueue::new(
            "q".to_owned(),
            Scope::new("us-east-1", "000000000000"),
            queue,
            clock,
            dead_letter_queues,
        );
        let (live, stop) = (Arc::new(live), CancellationToken::new());
        tokio::spawn(stop.clone().run_until_cancelled_owned(run_timer(Arc::clone(&live))));
        Self { live, stop }
    }

    fn send(&self, delay_seconds: i64) {
        let content = Content::new("m".to_owned(), Attributes::new(), &Attributes::new()).unwrap();
        let message = NewMessage {
            content,
            delay: Some(delay_seconds),
            group: None,
            deduplication_id: None,
            in_batch: false,
        };
        self.live.act(|queue, now| queue.send(now, message)).unwrap();
    }

    fn receive(&self) -> Vec<Delivery> {
        match self.live.receive(ten(), Wait { seconds: Some(0), orphan: false }).unwrap() {
            ReceiveOutcome::Ready { deliveries, .. } => deliveries,
            ReceiveOutcome::Waiting(_) => panic!("a short poll waited"),
        }
    }

    fn poll(&self, orphan: bool) -> LongPoll {
        match self.live.receive(ten(), Wait { seconds: Some(20), orphan }).unwrap() {
            ReceiveOutcome::Ready { deliveries, .. } => panic!("received at once: {deliveries:?}"),
            ReceiveOutcome::Waiting(poll) => poll,
        }
    }
}

/// A receive of up to 10 messages.
fn ten() -> ReceiveOptions {
    ReceiveOptions { max_messages: 10, ..ReceiveOptions::default() }
}

#[tokio::test(start_paused = true)]
async fn dropping_a_poll_undoes_the_receive_of_its_messages() {
    let fixture = Fixture::new();
    let poll = fixture.poll(false);
    fixture.send(0);
    assert_eq!(fixture.live.counts().in_flight, 1, "the message was assigned to the poll");
    drop(poll);
    assert_eq!((fixture.live.counts().visible, fixture.live.counts().polls), (1, 0));
    assert_eq!(fixture.receive()[0].receive_count, 1);
}

#[tokio::test(start_paused = true)]
async fn messages_of_a_dropped_poll_go_to_the_next_poll() {
    let fixture = Fixture::new();
    let (first, second) = (fixture.poll(false), fixture.poll(false));
    fixture.send(0);
    drop(first);
    assert_eq!(second.wait(&fixture.stop).await.unwrap().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_orphaned_poll_takes_messages_until_its_wait_ends() {
    let fixture = Fixture::new();
    drop(fixture.poll(true));
    assert_eq!(fixture.live.counts().polls, 1);
    fixture.send(0);
    assert_eq!((fixture.live.counts().in_flight, fixture.live.counts().polls), (1, 0));
    drop(fixture.poll(true));
    tokio::time::sleep(Duration::from_secs(20)).await;
    fixture.send(0);
    assert_eq!((fixture.live.counts().visible, fixture.live.counts().polls), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_poll_is_empty_when_its_wait_ends_or_the_server_stops() {
    let fixture = Fixture::new();
    assert!(fixture.poll(false).wait(&fixture.stop).await.unwrap().is_empty());
    let poll = fixture.poll(false);
    fixture.stop.cancel();
    assert!(poll.wait(&fixture.stop).await.unwrap().is_empty());
    assert_eq!(fixture.live.counts().polls, 0);
}

#[tokio::test(start_paused = true)]
async fn a_poll_fails_when_its_queue_is_deleted() {
    let fixture = Fixture::new();
    let poll = fixture.poll(false);
    fixture.live.delete();
    assert!(poll.wait(&fixture.stop).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_poll_wakes_when_a_delay_ends() {
    let fixture = Fixture::new();
    fixture.send(7);
    let (poll, started) = (fixture.poll(false), Instant::now());
    assert_eq!(poll.wait(&fixture.stop).await.unwrap().len(), 1);
    assert_eq!(started.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_poll_wakes_for_the_message_that_is_due_first() {
    let fixture = Fixture::new();
    fixture.send(15);
    let (poll, started) = (fixture.poll(false), Instant::now());
    tokio::time::sleep(Duration::from_secs(1)).await;
    fixture.send(5);
    assert_eq!(poll.wait(&fixture.stop).await.unwrap().len(), 1);
    assert_eq!(started.elapsed().as_secs(), 6);
}

#[tokio::test(start_paused = true)]
async fn no_timer_is_set_while_nothing_waits() {
    let fixture = Fixture::new();
    fixture.send(7);
    assert_eq!(fixture.live.next_wakeup(), Some(None));
    let _poll = fixture.poll(false);
    assert!(fixture.live.next_wakeup().flatten().is_some());
}

#[tokio::test(start_paused = true)]
async fn the_timer_task_ends_when_its_queue_is_deleted() {
    let fixture = Fixture::new();
    fixture.live.delete();
    assert_eq!(fixture.live.next_wakeup(), None);
}

#[tokio::test(start_paused = true)]
async fn a_watcher_is_notified_of_changes_by_time_alone() {
    let fixture = Fixture::new();
    fixture.send(7);
    let started = Instant::now();
    assert_eq!(fixture.live.until(|counts| counts.visible == 1).await.unwrap().visible, 1);
    assert_eq!(started.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_watcher_returns_when_its_queue_is_deleted() {
    let fixture = Fixture::new();
    let watching = fixture.live.until(|counts| counts.visible == 1);
    let (counts, ()) = tokio::join!(watching, async { fixture.live.delete() });
    assert_eq!(counts, None);
}

/// Advances the clock of the queue after the other tasks of this test began to wait.
async fn advance(fixture: &Fixture, seconds: u64) {
    tokio::task::yield_now().await;
    fixture.live.clock.advance(Duration::from_secs(seconds)).unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_advance_wakes_a_poll_at_once() {
    let fixture = Fixture::new();
    fixture.send(900);
    let (poll, started) = (fixture.poll(false), Instant::now());
    let (received, ()) = tokio::join!(poll.wait(&fixture.stop), advance(&fixture, 900));
    assert_eq!(received.unwrap().len(), 1);
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn an_advance_shortens_what_a_poll_waits_for() {
    let fixture = Fixture::new();
    fixture.send(900);
    let (poll, started) = (fixture.poll(false), Instant::now());
    let (received, ()) = tokio::join!(poll.wait(&fixture.stop), advance(&fixture, 890));
    assert_eq!(received.unwrap().len(), 1);
    assert_eq!(started.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn an_advance_does_not_shorten_the_wait_of_a_poll() {
    let fixture = Fixture::new();
    let (poll, started) = (fixture.poll(false), Instant::now());
    let (received, ()) = tokio::join!(poll.wait(&fixture.stop), advance(&fixture, 43_200));
    assert!(received.unwrap().is_empty());
    assert_eq!(started.elapsed().as_secs(), 20);

    drop(fixture.poll(true));
    advance(&fixture, 43_200).await;
    fixture.send(0);
    assert_eq!(fixture.live.counts().in_flight, 1, "the orphaned poll is open");
}

#[tokio::test(start_paused = true)]
async fn an_advance_wakes_a_watcher_at_once() {
    let fixture = Fixture::new();
    fixture.send(7);
    let started = Instant::now();
    let watching = fixture.live.until(|counts| counts.visible == 1);
    let (counts, ()) = tokio::join!(watching, advance(&fixture, 7));
    assert_eq!((counts.unwrap().visible, started.elapsed()), (1, Duration::ZERO));
}
