//! Two queues with different handlers. SIGTERM and SIGINT drain the worker, a second signal ends the
//! grace. The exit code is 3 if a message was aborted or abandoned.
//!
//! ```sh
//! longshore local --queue orders --queue mail &
//! cargo run --package longshore --example signals -- http://127.0.0.1:9324
//! ```

use std::process::ExitCode;
use std::time::Duration;

use longshore::config::ShutdownConfig;
use longshore::{AwsConfig, Connection, Context, Message, QueueConfig, Stop, Verdict, Worker};

/// An error is retried after the back-off of the queue.
async fn store(message: Message, _context: Context) -> Result<(), std::num::ParseIntError> {
    let amount: u64 = message.body.trim().parse()?;
    println!("stored an order of {amount}");
    Ok(())
}

/// A verdict says exactly what happens to the message.
async fn send(message: Message, context: Context) -> Verdict {
    if message.body.is_empty() {
        return Verdict::reject("the mail has no text");
    }
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(50)) => Verdict::Done,
        () = context.stopping() => Verdict::retry("stopped before the mail was sent"),
    }
}

#[tokio::main]
async fn main() -> std::io::Result<ExitCode> {
    let aws = AwsConfig { endpoint_url: std::env::args().nth(1), ..AwsConfig::default() };
    let connection = Connection::open(&aws).await;

    // At most 50 messages at once over both queues, and 25 s for handlers after a signal.
    let shutdown = ShutdownConfig { grace: Duration::from_secs(25), ..ShutdownConfig::default() };
    let mut worker = Worker::new(shutdown, Some(50));
    worker.add_sqs(&connection, QueueConfig::new("orders".into()), store);
    worker.add_sqs(&connection, QueueConfig::new("mail".into()), send);

    let report = worker.run(Stop::on_signals()?).await;
    println!("{}", report.ledger);
    Ok(if report.ledger.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(3) })
}
