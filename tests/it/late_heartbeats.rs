//! A heartbeat without an answer delays only what it can undo.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use longshore::queue::{Queue, QueueAttributes, QueueError, Receipt, Receive, Refused, Visibility};
use longshore::{Context, Message, Verdict, Worker};
use tokio::time::{Instant, sleep};

use crate::support::{FakeQueue, Rig, config};

const SECOND: Duration = Duration::from_secs(1);

/// The heartbeat at 15 s has an answer at 18 s, and the handler ends between.
#[tokio::test(start_paused = true)]
async fn a_delete_does_not_wait_for_a_heartbeat() {
    let queue = FakeQueue::default();
    queue.send("processed");
    queue.delay_settles(&[3 * SECOND]);
    let start = Instant::now();
    let config = config("orders").delete_linger(Duration::ZERO);
    let rig = Rig::with(&queue, config, |_: Message, _: Context| sleep(16 * SECOND));
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    assert_eq!(start.elapsed().as_secs(), 16);
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "deleted")]), 1.0);
    scrape.assert_the_identity();
}

/// Refuses the first heartbeat of one message, and does not answer its next one.
struct Silent {
    queue: FakeQueue,
    /// Its place in its group.
    silent: usize,
    heartbeats: AtomicUsize,
}

impl Queue for Silent {
    fn receive(&self, receive: Receive) -> BoxFuture<'_, Result<Vec<Message>, QueueError>> {
        self.queue.receive(receive)
    }

    fn delete<'a>(
        &'a self,
        receipts: &'a [Receipt],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        self.queue.delete(receipts)
    }

    fn change_visibility<'a>(
        &'a self,
        changes: &'a [Visibility],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        async move {
            match self.heartbeats.fetch_add(1, Relaxed) {
                0 => Ok(vec![Refused::new(self.silent, false, "InternalError")]),
                1 => pending().await,
                _ => self.queue.change_visibility(changes).await,
            }
        }
        .boxed()
    }

    fn attributes(&self) -> BoxFuture<'_, Result<QueueAttributes, QueueError>> {
        self.queue.attributes()
    }
}

#[tokio::test(start_paused = true)]
async fn a_release_does_not_wait_for_the_heartbeat_of_another_message() {
    let queue = FakeQueue::default();
    (0..4).for_each(|n| queue.send_in_group("a", &format!("a{n}")));
    let silent = Silent { queue: queue.clone(), silent: 1, heartbeats: AtomicUsize::new(0) };
    let handler = |_: Message, _: Context| async {
        sleep(16 * SECOND).await;
        Verdict::retry_after(300 * SECOND, "later")
    };
    let start = Instant::now();
    let config = config("orders.fifo").gather(Duration::ZERO).build().unwrap();
    let rig = Rig::run(Worker::builder().add(config, silent, handler));
    queue.until("received", |queue| queue.visible() == 0).await;
    queue.until("released", |queue| queue.visible() >= 2).await;
    assert_eq!((start.elapsed().as_secs(), queue.visible()), (16, 2));
    queue.until("all released", |queue| queue.visible() == 3).await;
    rig.stop().await;
}

/// The heartbeat at 15 s has no answer when the grace ends at 16 s.
#[tokio::test(start_paused = true)]
async fn the_end_of_the_grace_releases_a_group_whose_first_message_has_a_heartbeat() {
    let queue = FakeQueue::default();
    (0..4).for_each(|n| queue.send_in_group("a", &format!("a{n}")));
    let silent = Silent { queue: queue.clone(), silent: 0, heartbeats: AtomicUsize::new(0) };
    let config = config("orders.fifo").gather(Duration::ZERO).build().unwrap();
    let handler = |_: Message, _: Context| sleep(60 * SECOND);
    let rig = Rig::run(Worker::builder().add(config, silent, handler));
    sleep(16 * SECOND).await;
    rig.stop.hurry();
    let (report, _) = rig.end().await;
    assert_eq!((report.ledger.released, report.ledger.abandoned), (3, 1), "{}", report.ledger);
}
