//! A queue that does what SQS does, in virtual time: every request takes a round trip, a long poll is
//! answered when a message comes, first come, first served, and what is not deleted in time comes again.
//!
//! Kinder than SQS in one thing: a short poll asks all of SQS's servers, and so finds what is there.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use longshore::Message;
use longshore::queue::{
    BATCH, Queue, QueueAttributes, QueueError, Receipt, Receive, Refused, Visibility,
};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::counts::Counts;
use super::line::Line;

/// From the request to SQS's answer, within a region; a long poll's wait comes on top. Half of it there,
/// half of it back.
pub const ROUND_TRIP: Duration = longshore_cli::demo::ROUND_TRIP;

/// The simulated queue.
pub struct Sqs {
    line: Mutex<Line>,
    changed: Notify,
}

impl Sqs {
    /// A queue that serves long polls, on a task of its own, for as long as its runtime lives.
    pub fn open(line: Line) -> Arc<Self> {
        let sqs = Arc::new(Self { line: Mutex::new(line), changed: Notify::new() });
        tokio::spawn(sqs.clone().serve());
        sqs
    }

    pub fn counts(&self) -> Counts {
        self.line().counts
    }

    pub fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().expect("no code panics while it holds this lock")
    }

    async fn serve(self: Arc<Self>) {
        loop {
            let next = self.line().serve(Instant::now());
            match next {
                None => self.changed.notified().await,
                Some(next) => tokio::select! {
                    biased;
                    () = self.changed.notified() => {}
                    () = sleep_until(next) => {}
                },
            }
        }
    }

    async fn answer(&self, ask: Receive) -> Vec<Message> {
        assert!((1..=BATCH).contains(&ask.max), "a receive asks for one to ten messages");
        let (ticket, messages) = {
            let mut line = self.line();
            let found = line.take(Instant::now(), ask);
            if !found.is_empty() || ask.wait.is_zero() {
                line.counts.receive(found.len());
                return found;
            }
            line.wait(ask)
        };
        self.changed.notify_one();
        let mut messages = std::pin::pin!(messages);
        if let Ok(messages) = timeout(ask.wait, &mut messages).await {
            return messages.expect("nobody drops who waits");
        }
        if self.line().leave(ticket) {
            self.line().counts.receive(0);
            return Vec::new();
        }
        messages.await.expect("nobody drops who waits")
    }

    /// A request with one to ten entries; refuses those that `apply` does.
    async fn batch<T>(
        &self,
        entries: &[T],
        apply: impl Fn(&mut Line, &T) -> bool,
        count: fn(&mut Counts),
    ) -> Result<Vec<Refused>, QueueError> {
        assert!((1..=BATCH).contains(&entries.len()), "a batch has one to ten entries");
        sleep(ROUND_TRIP / 2).await;
        let mut refused = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            if !apply(&mut self.line(), entry) {
                let code = "ReceiptHandleIsInvalid".to_owned();
                refused.push(Refused { index, sender_fault: true, code });
            }
        }
        count(&mut self.line().counts);
        self.changed.notify_one();
        sleep(ROUND_TRIP / 2).await;
        Ok(refused)
    }
}

impl Queue for Sqs {
    fn receive(&self, ask: Receive) -> BoxFuture<'_, Result<Vec<Message>, QueueError>> {
        async move {
            sleep(ROUND_TRIP / 2).await;
            let messages = self.answer(ask).await;
            sleep(ROUND_TRIP / 2).await;
            Ok(messages)
        }
        .boxed()
    }

    fn delete<'a>(
        &'a self,
        receipts: &'a [Receipt],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        let apply = |line: &mut Line, receipt: &Receipt| {
            let (message, receive) = parse(receipt);
            // With a stale receipt SQS deletes nothing and says success.
            line.delete(message, receive);
            true
        };
        self.batch(receipts, apply, Counts::delete).boxed()
    }

    fn change_visibility<'a>(
        &'a self,
        changes: &'a [Visibility],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        let apply = |line: &mut Line, change: &Visibility| {
            let (message, receive) = parse(&change.receipt);
            line.hide(Instant::now(), message, receive, change.timeout)
        };
        self.batch(changes, apply, Counts::change).boxed()
    }

    fn attributes(&self) -> BoxFuture<'_, Result<QueueAttributes, QueueError>> {
        async {
            sleep(ROUND_TRIP).await;
            let mut line = self.line();
            line.counts.attributes();
            Ok(QueueAttributes { visible: line.visible() as u64, ..Default::default() })
        }
        .boxed()
    }
}

/// The number that the queue gave a message.
pub fn number(message: &Message) -> usize {
    message.id.parse().expect("ids are numbers here")
}

fn parse(receipt: &Receipt) -> (usize, u32) {
    let (message, receive) = receipt.as_str().split_once('-').expect("receipts are of this queue");
    (message.parse().expect("a number"), receive.parse().expect("a number"))
}
