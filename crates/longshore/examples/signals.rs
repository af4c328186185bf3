//! SIGTERM, SIGINT, SIGQUIT and SIGHUP drain the worker, a second signal ends the grace. The exit
//! code is 3 if a message was aborted or abandoned.
//!
//! ```sh
//! longshore local --queue orders &
//! cargo run --package longshore --example signals -- http://127.0.0.1:9324
//! ```

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use longshore::config::ShutdownConfig;
use longshore::{AwsConfig, Connection, Context, Message, QueueConfig, Stop, Verdict, Worker};

async fn send(message: Message, context: Context) -> Verdict {
    tokio::select! {
        () = tokio::time::sleep(Duration::from_millis(50)) => {
            println!("sent: {}", message.body);
            Verdict::Done
        }
        // The grace has ended. The message is redelivered.
        () = context.stopping() => Verdict::retry("stopped before the mail was sent"),
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut aws = AwsConfig::default();
    aws.endpoint_url = std::env::args().nth(1);
    let connection = Connection::open(&aws).await?;

    // Handlers may continue for 25 s after the first signal.
    let worker = Worker::builder()
        .shutdown(ShutdownConfig::default().grace(Duration::from_secs(25)))
        .add_sqs(&connection, QueueConfig::builder("orders").build()?, send)
        .build()?;
    let report = worker.run(Stop::on_signals()?).await;
    println!("{}", report.ledger);
    Ok(if report.ledger.is_clean() { ExitCode::SUCCESS } else { ExitCode::from(3) })
}
