//! What people write today: a loop around the SDK, as many loops as it takes for their concurrency. Each
//! receives up to ten, handles these at once, and asks again when the last of them is deleted.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use longshore::queue::{BATCH, Queue, QueueError, Receipt, Receive};
use longshore::{Message, Stop};

use super::handler::Handler;
use super::sqs::Sqs;

/// How a loop asks, and how it deletes.
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
    /// How many loops it takes for room for so many messages.
    pub fn loops(concurrency: usize) -> usize {
        concurrency.div_ceil(BATCH)
    }

    /// One loop, until a stop is asked for.
    pub async fn run(self, queue: Arc<Sqs>, handler: Handler, stop: Stop) {
        self.poll(&queue, &handler, &stop).await.expect("the simulated queue never fails");
    }

    async fn poll(self, queue: &Sqs, handler: &Handler, stop: &Stop) -> Result<(), QueueError> {
        let ask = Receive { max: BATCH, wait: self.wait, visibility: self.visibility };
        handler.stagger().await;
        while !stop.has_begun() {
            let messages = queue.receive(ask).await?;
            let handled =
                join_all(messages.iter().map(|message| self.work(queue, handler, message)));
            handled.await.into_iter().collect::<Result<(), _>>()?;
            if self.deletes == Deletes::Batch && !messages.is_empty() {
                let receipts: Vec<Receipt> =
                    messages.into_iter().map(|message| message.receipt).collect();
                queue.delete(&receipts).await?;
            }
        }
        Ok(())
    }

    async fn work(
        self,
        queue: &Sqs,
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
