//! Tests of locks and notifications under many schedules. `tests/interleavings/run` runs them.

use std::sync::{Arc, Weak};
use std::time::Duration;

use interleavings::{all, check};
use shuttle::future::{JoinHandle, block_on, spawn, yield_now};
use tokio_util::sync::CancellationToken;

use super::long_poll::{LongPoll, ReceiveOutcome, Wait};
use super::queue::{DeadLetterQueues, LiveQueue};
use super::wakeup::run_timer;
use crate::clock::Clock;
use crate::message::{Attributes, Content};
use crate::queue::{Delivery, NewMessage, Queue, ReceiveOptions};
use crate::refusal::Refusal;
use crate::scope::Scope;
use crate::settings::{QueueAttributes, Settings};

#[derive(Debug)]
struct NoDeadLetterQueues;

impl DeadLetterQueues for NoDeadLetterQueues {
    fn find_arn(&self, _: &str) -> Option<Arc<LiveQueue>> {
        None
    }
}

fn live_queue() -> Arc<LiveQueue> {
    let settings = Settings::new("q", &QueueAttributes::new()).unwrap();
    let none: Weak<NoDeadLetterQueues> = Weak::new();
    let (queue, clock) = (Queue::new(settings, 120_000), Arc::new(Clock::start()));
    Arc::new(LiveQueue::new(
        "q".to_owned(),
        Scope::new("us-east-1", "000000000000"),
        queue,
        clock,
        none,
    ))
}

fn send(live: &Arc<LiveQueue>, delay_seconds: i64) -> JoinHandle<()> {
    let live = live.clone();
    spawn(async move {
        let content = Content::new("m".to_owned(), Attributes::new(), &Attributes::new()).unwrap();
        let delay = Some(delay_seconds);
        let message =
            NewMessage { content, delay, group: None, deduplication_id: None, in_batch: false };
        live.act(|queue, now| queue.send(now, message)).unwrap();
    })
}

/// A receive of one message: what it returned at once, or the open poll.
fn receive(live: &Arc<LiveQueue>) -> Result<Vec<Delivery>, LongPoll> {
    let one = ReceiveOptions { max_messages: 1, ..ReceiveOptions::default() };
    match live.receive(one, Wait { seconds: Some(20), orphan: false }).unwrap() {
        ReceiveOutcome::Ready { deliveries, .. } => Ok(deliveries),
        ReceiveOutcome::Waiting(poll) => Err(poll),
    }
}

/// Receives one message, with a long poll if there is none.
fn consume(live: &Arc<LiveQueue>) -> JoinHandle<Result<Vec<Delivery>, Refusal>> {
    let live = live.clone();
    spawn(async move {
        match receive(&live) {
            Ok(deliveries) => Ok(deliveries),
            Err(poll) => poll.wait(&CancellationToken::new()).await,
        }
    })
}

#[test]
fn each_message_is_delivered_to_one_of_the_polls() {
    check(|_| {
        let live = live_queue();
        let consumers = [consume(&live), consume(&live), consume(&live)];
        let senders = [send(&live, 0), send(&live, 0), send(&live, 0)];
        block_on(async move {
            all(senders).await;
            let received = all(consumers).await.into_iter().map(|received| received.unwrap().len());
            assert_eq!(received.collect::<Vec<_>>(), [1, 1, 1]);
            assert_eq!((live.counts().visible, live.counts().in_flight), (0, 3));
        });
    });
}

#[test]
fn a_message_of_a_poll_that_is_dropped_goes_to_another_poll() {
    check(|_| {
        let live = live_queue();
        let dropped = {
            let live = live.clone();
            spawn(async move {
                let poll = receive(&live);
                yield_now().await;
                match poll {
                    Ok(received) => live.act(|queue, _| queue.undo_receive(&received)),
                    Err(poll) => drop(poll),
                }
            })
        };
        let (consumer, sender) = (consume(&live), send(&live, 0));
        block_on(async move {
            all([dropped, sender]).await;
            let [received] = &all([consumer]).await[..] else { panic!("one consumer") };
            assert_eq!(received.as_ref().unwrap().len(), 1);
        });
    });
}

#[test]
fn every_poll_ends_when_its_queue_is_deleted() {
    check(|_| {
        let live = live_queue();
        let timer = spawn(run_timer(live.clone()));
        let (consumers, sender) = ([consume(&live), consume(&live)], send(&live, 0));
        let deleting = {
            let live = live.clone();
            spawn(async move { live.delete() })
        };
        block_on(async move {
            all([timer, sender, deleting]).await;
            let ends = all(consumers).await;
            let received = |end: &Result<Vec<Delivery>, _>| end.as_ref().map_or(0, Vec::len);
            assert!(ends.iter().map(received).sum::<usize>() <= 1);
        });
    });
}

#[test]
fn a_poll_gets_a_delayed_message_whenever_it_was_sent() {
    check(|time| {
        let live = live_queue();
        let timer = spawn(run_timer(live.clone()));
        let (consumers, senders) =
            ([consume(&live), consume(&live)], [send(&live, 9), send(&live, 5)]);
        block_on(async move {
            all(senders).await;
            let received = time.pass(Duration::from_secs(1), consumers).await;
            assert!(received.iter().all(|received| received.as_ref().unwrap().len() == 1));
            live.delete();
            all([timer]).await;
        });
    });
}

#[test]
fn a_watcher_sees_counts_that_change_while_it_begins() {
    check(|_| {
        let live = live_queue();
        let watching = {
            let live = live.clone();
            spawn(async move { live.until(|counts| counts.in_flight == 2).await })
        };
        let tasks = [send(&live, 0), send(&live, 0)];
        let consumers = [consume(&live), consume(&live)];
        block_on(async move {
            all(tasks).await;
            all(consumers).await;
            let counts = watching.await.expect("no task panics");
            assert_eq!(counts.expect("the queue exists").in_flight, 2);
        });
    });
}

#[test]
fn a_watcher_sees_delayed_messages_whenever_they_were_sent() {
    check(|time| {
        let live = live_queue();
        let timer = spawn(run_timer(live.clone()));
        let senders = [send(&live, 9), send(&live, 5)];
        let watching = {
            let live = live.clone();
            spawn(async move { live.until(|counts| counts.visible == 2).await })
        };
        block_on(async move {
            all(senders).await;
            time.pass(Duration::from_secs(1), [watching]).await;
            live.delete();
            all([timer]).await;
        });
    });
}

#[test]
fn a_poll_gets_a_delayed_message_when_the_clock_is_advanced() {
    check(|_| {
        let live = live_queue();
        let timer = spawn(run_timer(live.clone()));
        block_on(async move {
            all([send(&live, 900)]).await;
            let consumer = consume(&live);
            let advance = {
                let live = live.clone();
                spawn(async move { live.clock.advance(Duration::from_secs(900)).unwrap() })
            };
            all([advance]).await;
            let [received] = &all([consumer]).await[..] else { panic!("one consumer") };
            assert_eq!(received.as_ref().unwrap().len(), 1);
            live.delete();
            all([timer]).await;
        });
    });
}
