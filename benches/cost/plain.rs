//! The usual consumer: plain poll loops around the SDK. Each loop receives up to ten messages,
//! processes them concurrently, and receives again when the last one is deleted.

use std::time::Duration;

use futures_util::future::join_all;
use longshore::queue::{BATCH, Queue, QueueError, Receipt, Receive};
use longshore::testing::FakeQueue;
use longshore::{Message, Stop};

use super::handler::Handler;

/// How a loop receives and deletes.
#[derive(Debug, Clone, Copy)]
pub struct Plain {
    pub wait: Duration,
    pub deletes: Deletes,
    pub visibility: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletes {
    /// Each message when its handler is done.
    OneByOne,
    /// All of a receive when the last handler is done.
    Batch,
}

impl Plain {
    /// The number of loops for this concurrency.
    pub fn loops(concurrency: usize) -> usize {
        concurrency.div_ceil(BATCH)
    }

    /// Runs one loop until a stop begins.
    pub async fn run(self, queue: FakeQueue, handler: Handler, stop: Stop) {
        self.poll(&queue, &handler, &stop).await.expect("the simulated queue never fails");
    }

    async fn poll(
        self,
        queue: &FakeQueue,
        handler: &Handler,
        stop: &Stop,
    ) -> Result<(), QueueError> {
        let request = Receive::new(BATCH, self.wait, self.visibility);
        handler.stagger().await;
        while !stop.has_begun() {
            let messages = queue.receive(request).await?;
            let handled =
                join_all(messages.iter().map(|message| self.process(queue, handler, message)));
            handled.await.into_iter().collect::<Result<(), _>>()?;
            if self.deletes == Deletes::Batch && !messages.is_empty() {
                let receipts: Vec<Receipt> =
                    messages.into_iter().map(|message| message.receipt).collect();
                queue.delete(&receipts).await?;
            }
        }
        Ok(())
    }

    async fn process(
        self,
        queue: &FakeQueue,
        handler: &Handler,
        message: &Message,
    ) -> Result<(), QueueError> {
        handler.handle(message).await;
        if self.deletes == Deletes::OneByOne {
            queue.delete(std::slice::from_ref(&message.receipt)).await?;
        }
        Ok(())
    }
}
