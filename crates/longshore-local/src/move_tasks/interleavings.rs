//! Tests of moves between other requests, under many schedules. `tests/interleavings/run` runs them.

use std::sync::{Arc, Weak};

use super::mover::Mover;
use super::task::MoveTask;
use crate::clock::Clock;
use crate::live::{DeadLetterQueues, LiveQueue, ReceiveOutcome, Wait};
use crate::message::{Attributes, Content};
use crate::queue::{NewMessage, Queue, ReceiveOptions};
use crate::scope::Scope;
use crate::settings::{QueueAttributes, Settings};
use interleavings::{all, check};
use shuttle::future::{JoinHandle, block_on, spawn};

const MESSAGES: usize = 2;

/// The destination is found even while it is deleted.
#[derive(Debug)]
struct Destination(Arc<LiveQueue>);

impl DeadLetterQueues for Destination {
    fn find_arn(&self, _: &str) -> Option<Arc<LiveQueue>> {
        Some(self.0.clone())
    }
}

#[derive(Debug)]
struct NoDeadLetterQueues;

impl DeadLetterQueues for NoDeadLetterQueues {
    fn find_arn(&self, _: &str) -> Option<Arc<LiveQueue>> {
        None
    }
}

fn live_queue(name: &str) -> Arc<LiveQueue> {
    let settings = Settings::new(name, &QueueAttributes::new()).unwrap();
    let none: Weak<NoDeadLetterQueues> = Weak::new();
    let (queue, clock) = (Queue::new(settings, 120_000), Arc::new(Clock::start()));
    Arc::new(LiveQueue::new(
        name.to_owned(),
        Scope::new("us-east-1", "000000000000"),
        queue,
        clock,
        none,
    ))
}

/// A source with messages, a destination, and a task that moves them one by one.
struct Move {
    source: Arc<LiveQueue>,
    destination: Arc<LiveQueue>,
    mover: JoinHandle<()>,
}

impl Move {
    fn start() -> Self {
        let (source, destination) = (live_queue("dead"), live_queue("other"));
        (0..MESSAGES).for_each(|_| send(&source));
        let task = Arc::new(MoveTask::new(&source, Some(destination.arn.clone()), None));
        let queues = Arc::new(Destination(destination.clone()));
        let mover = Mover { queues, source: source.clone(), task };
        let mover = spawn(async move { while mover.move_next() == Ok(true) {} });
        Self { source, destination, mover }
    }
}

fn send(live: &LiveQueue) {
    let content = Content::new("m".to_owned(), Attributes::new(), &Attributes::new()).unwrap();
    let message =
        NewMessage { content, delay: None, group: None, deduplication_id: None, in_batch: false };
    live.act(|queue, now| queue.send(now, message)).unwrap();
}

/// Receives visible messages three times. Returns their number.
fn consume(live: &Arc<LiveQueue>) -> JoinHandle<usize> {
    let live = live.clone();
    spawn(async move {
        let receive = || {
            let one = ReceiveOptions { max_messages: 1, ..ReceiveOptions::default() };
            match live.receive(one, Wait { seconds: Some(0), orphan: false }).unwrap() {
                ReceiveOutcome::Ready { deliveries, .. } => deliveries.len(),
                ReceiveOutcome::Waiting(_) => panic!("a short poll waited"),
            }
        };
        (0..3).map(|_| receive()).sum()
    })
}

#[test]
fn each_message_can_be_received_from_one_queue() {
    check(|_| {
        let Move { source, destination, mover } = Move::start();
        let consumers = [consume(&source), consume(&destination)];
        block_on(async move {
            all([mover]).await;
            let received: usize = all(consumers).await.into_iter().sum();
            let visible = source.counts().visible + destination.counts().visible;
            assert_eq!(received + visible, MESSAGES);
        });
    });
}

#[test]
fn no_message_moves_to_a_deleted_queue() {
    check(|_| {
        let Move { source, destination, mover } = Move::start();
        let deleting = spawn(async move {
            destination.delete();
            destination.counts().visible
        });
        block_on(async move {
            all([mover]).await;
            let moved: usize = all([deleting]).await.into_iter().sum();
            let counts = source.counts();
            assert_eq!((moved + counts.visible, counts.in_flight), (MESSAGES, 0));
        });
    });
}
