//! Test doubles: a fake queue and a fake store of payloads in memory, and the context of a handler
//! under test. Feature `testing`.
//!
//! Both use the clock of tokio. Under `#[tokio::test(start_paused = true)]` a test of hours takes
//! milliseconds.
//!
//! ```
//! use std::time::Duration;
//!
//! use longshore::testing::{FakeQueue, TestContext};
//! use longshore::{Context, Handler, Message, QueueConfig, Verdict, Worker};
//!
//! async fn handle(message: Message, context: Context) -> Verdict {
//!     tokio::select! {
//!         () = tokio::time::sleep(Duration::from_secs(5)) => Verdict::Done,
//!         () = context.stopping() => Verdict::retry("interrupted"),
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap()
//! #     .block_on(async {
//! // The handler alone.
//! let call = TestContext::new("orders", Duration::from_secs(20));
//! let message = Message::new("id-1", "receipt-1", "two crates of oranges");
//! assert_eq!(handle.handle(message, call.context()).await, Verdict::Done);
//!
//! // The handler in a worker.
//! let queue = FakeQueue::new();
//! queue.send("two crates of oranges");
//! let orders = QueueConfig::builder("orders").build().unwrap();
//! let worker = Worker::builder().until_empty().add(orders, queue.clone(), handle).build().unwrap();
//! worker.run_until(std::future::pending::<()>()).await;
//! assert_eq!(queue.deleted(), ["two crates of oranges"]);
//! # });
//! ```

mod calls;
mod dead_letters;
mod fake_payloads;
mod fake_queue;
mod faults;
mod outgoing;
mod requests;
mod store;
mod test_context;
mod waiting;

pub use calls::{Call, CallCounts};
pub use fake_payloads::FakePayloads;
pub use fake_queue::FakeQueue;
pub use store::Simulation;
pub use test_context::TestContext;
