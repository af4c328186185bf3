//! Three queues in one worker, with a handler each. All of them together process at most 20
//! messages at the same time; `orders` gets three times as many slots as the others when all are
//! busy.
//!
//! ```sh
//! longshore local --queue orders --queue mail --queue invoices &
//! cargo run --package longshore --example many_queues -- http://127.0.0.1:9324
//! ```

use std::error::Error;
use std::num::ParseIntError;
use std::time::Duration;

use longshore::{AwsConfig, Connection, Context, Message, QueueConfig, Stop, Verdict, Worker};

/// An error is retried after the back-off of the queue, and the log has the error with its causes.
async fn store_order(message: Message, _context: Context) -> Result<(), ParseIntError> {
    let amount: u64 = message.body.trim().parse()?;
    println!("orders: stored {amount}");
    Ok(())
}

/// A verdict says exactly what happens to the message.
async fn send_mail(message: Message, _context: Context) -> Verdict {
    if message.body == "busy" {
        return Verdict::retry_after(Duration::from_secs(1), "the mail server is busy");
    }
    println!("mail: sent {}", message.body);
    Verdict::Done
}

async fn print_invoice(message: Message, context: Context) {
    println!("{}: printed {}", context.queue(), message.body);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut aws = AwsConfig::default();
    aws.endpoint_url = std::env::args().nth(1);
    let connection = Connection::open(&aws).await?;

    let orders = QueueConfig::builder("orders").weight(3).concurrency(20).build()?;
    let mail = QueueConfig::builder("mail").handler_timeout(Duration::from_secs(5)).build()?;
    let invoices = QueueConfig::builder("invoices").build()?;
    let worker = Worker::builder()
        .concurrency(20)
        .add_sqs(&connection, orders, store_order)
        .add_sqs(&connection, mail, send_mail)
        .add_sqs(&connection, invoices, print_invoice)
        .build()?;
    let metrics = worker.metrics().clone();
    let report = worker.run(Stop::on_signals()?).await;
    for queue in metrics.queues() {
        let totals = queue.totals();
        println!("{}: {} deleted in {} requests", queue.queue(), totals.deleted, totals.requests);
    }
    println!("{}", report.ledger);
    Ok(())
}
