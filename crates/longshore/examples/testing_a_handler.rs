//! How to test a handler: alone, and in a worker on a fake queue.
//!
//! ```sh
//! cargo test --package longshore --features testing --example testing_a_handler
//! ```

use std::time::Duration;

use longshore::testing::TestContext;
use longshore::{Context, Message, Verdict};
use tokio::time::sleep;

/// Stores an order, which takes 5 s. An amount that is not a number can never be stored.
async fn store(message: Message, context: Context) -> Verdict {
    let Ok(amount) = message.body.parse::<u64>() else {
        return Verdict::reject("the amount is not a number");
    };
    tokio::select! {
        () = sleep(Duration::from_secs(5)) => {
            println!("stored an order of {amount}");
            Verdict::Done
        }
        () = context.stopping() => Verdict::retry("stopped before the order was stored"),
    }
}

/// A message, and a call of the handler with a timeout of 20 s.
fn call(body: &str) -> (Message, TestContext) {
    let context = TestContext::new("orders", Duration::from_secs(20));
    (Message::new("id-1", "receipt-1", body), context)
}

#[tokio::main]
async fn main() {
    let (message, call) = call("12");
    println!("{:?}", store(message, call.context()).await);
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use longshore::queue::FailureKind;
    use longshore::testing::FakeQueue;
    use longshore::{QueueConfig, Worker};

    use super::*;

    /// The clock is paused, so 5 s pass at once.
    #[tokio::test(start_paused = true)]
    async fn an_order_is_stored() {
        let (message, call) = call("12");
        assert_eq!(store(message, call.context()).await, Verdict::Done);
    }

    #[tokio::test(start_paused = true)]
    async fn a_text_is_rejected() {
        let (message, call) = call("twelve");
        let verdict = store(message, call.context()).await;
        assert_eq!(verdict, Verdict::reject("the amount is not a number"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_shutdown_interrupts_the_handler() {
        let (message, call) = call("12");
        call.stop();
        let verdict = store(message, call.context()).await;
        assert_eq!(verdict, Verdict::retry("stopped before the order was stored"));
    }

    #[tokio::test(start_paused = true)]
    async fn orders_are_stored_although_a_delete_fails() {
        let queue = FakeQueue::new();
        ["12", "25"].iter().for_each(|order| queue.send(order));
        queue.fail_settles(&[FailureKind::Throttled]);
        let orders = QueueConfig::builder("orders").build().unwrap();
        let worker = Worker::builder().until_empty().add(orders, queue.clone(), store);
        worker.build().unwrap().run_until(pending::<()>()).await;
        assert!(queue.is_empty());
    }
}
