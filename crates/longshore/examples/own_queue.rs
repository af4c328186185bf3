//! A queue of your own kind: here one in memory. The worker counts its requests and their price
//! like those of SQS.
//!
//! ```sh
//! cargo run --package longshore --example own_queue
//! ```

use std::collections::{HashMap, VecDeque};
use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use longshore::queue::{Queue, QueueAttributes, QueueError, Receipt, Receive, Refused, Visibility};
use longshore::{Context, Message, QueueConfig, Worker};

/// Messages that wait, and messages that were received and not deleted, by their receipts.
#[derive(Default)]
struct Messages {
    waiting: VecDeque<String>,
    in_flight: HashMap<String, String>,
    received: u64,
}

/// A queue in memory. A receive returns at once, and no visibility timeout ends by itself.
#[derive(Clone, Default)]
struct MemoryQueue(Arc<Mutex<Messages>>);

impl MemoryQueue {
    fn lock(&self) -> MutexGuard<'_, Messages> {
        self.0.lock().expect("no code panics while it holds this lock")
    }

    fn send(&self, body: &str) {
        self.lock().waiting.push_back(body.to_owned());
    }
}

impl Queue for MemoryQueue {
    fn receive(&self, receive: Receive) -> BoxFuture<'_, Result<Vec<Message>, QueueError>> {
        async move {
            let mut queue = self.lock();
            let count = receive.max.min(queue.waiting.len());
            let bodies: Vec<String> = queue.waiting.drain(..count).collect();
            let messages = bodies.into_iter().map(|body| {
                queue.received += 1;
                let id = queue.received.to_string();
                queue.in_flight.insert(id.clone(), body.clone());
                Message::new(id.clone(), id, body)
            });
            Ok(messages.collect())
        }
        .boxed()
    }

    fn delete<'a>(
        &'a self,
        receipts: &'a [Receipt],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        async move {
            let mut queue = self.lock();
            receipts.iter().for_each(|receipt| drop(queue.in_flight.remove(receipt.as_str())));
            Ok(Vec::new())
        }
        .boxed()
    }

    fn change_visibility<'a>(
        &'a self,
        changes: &'a [Visibility],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        async move {
            let mut queue = self.lock();
            let mut refused = Vec::new();
            for (index, change) in changes.iter().enumerate() {
                if !queue.in_flight.contains_key(change.receipt.as_str()) {
                    refused.push(Refused::new(index, true, "ReceiptHandleIsInvalid"));
                } else if change.timeout.is_zero() {
                    let body = queue.in_flight.remove(change.receipt.as_str());
                    queue.waiting.extend(body);
                }
            }
            Ok(refused)
        }
        .boxed()
    }

    fn attributes(&self) -> BoxFuture<'_, Result<QueueAttributes, QueueError>> {
        async move {
            let queue = self.lock();
            let mut attributes = QueueAttributes::default();
            attributes.visible = queue.waiting.len() as u64;
            attributes.in_flight = queue.in_flight.len() as u64;
            Ok(attributes)
        }
        .boxed()
    }
}

async fn handle(message: Message, _context: Context) {
    println!("processed {}", message.body);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let queue = MemoryQueue::default();
    (1..=25).for_each(|n| queue.send(&format!("crate {n}")));

    let config = QueueConfig::builder("memory").build()?;
    let worker = Worker::builder().until_empty().add(config, queue, handle).build()?;
    let metrics = worker.metrics().clone();
    let report = worker.run_until(std::future::pending::<()>()).await;
    let totals = metrics.queue("memory").expect("it was added").totals();
    println!("{} messages, {} requests, {}", totals.deleted, totals.requests, report.ledger);
    Ok(())
}
