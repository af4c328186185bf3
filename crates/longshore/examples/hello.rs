//! Prints the messages of one queue until Ctrl-C.
//!
//! ```sh
//! longshore local --queue orders &
//! cargo run --package longshore --example hello -- http://127.0.0.1:9324 orders
//! ```

use std::error::Error;

use longshore::{AwsConfig, Connection, Context, Message, QueueConfig, Worker};

async fn handle(message: Message, context: Context) {
    println!("{}: {}", context.queue(), message.body);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    // Without an endpoint, the queue is one of AWS, in the usual region and account.
    let mut aws = AwsConfig::default();
    aws.endpoint_url = arguments.next();
    let name = arguments.next().unwrap_or_else(|| "orders".to_owned());

    let connection = Connection::open(&aws).await?;
    let queue = QueueConfig::builder(name).build()?;
    let worker = Worker::builder().add_sqs(&connection, queue, handle).build()?;
    let report = worker.run_until(tokio::signal::ctrl_c()).await;
    println!("{}", report.ledger);
    Ok(())
}
