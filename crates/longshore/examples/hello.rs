//! Prints the messages of one queue until Ctrl-C.
//!
//! ```sh
//! longshore local --queue orders &
//! cargo run --package longshore --example hello -- http://127.0.0.1:9324 orders
//! ```

use longshore::{AwsConfig, Connection, Context, Message, QueueAddress, QueueConfig, Worker};

async fn handle(message: Message, context: Context) {
    println!("{}: {}", context.queue(), message.body);
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    // Without an endpoint, the queue is one of AWS's, in the usual region and account.
    let aws = AwsConfig { endpoint_url: arguments.next(), ..AwsConfig::default() };
    let name = arguments.next().unwrap_or_else(|| "orders".to_owned());

    let connection = Connection::open(&aws).await;
    let mut worker = Worker::default();
    worker.add_sqs(&connection, QueueConfig::new(QueueAddress::from(name.as_str())), handle);
    let report = worker.run_until(tokio::signal::ctrl_c()).await;
    println!("{}", report.ledger);
}
