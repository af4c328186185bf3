//! The complete pipeline with all metrics, and handlers that do nothing.

use std::error::Error;
use std::future::pending;
use std::time::Duration;

use longshore::config::BatchConfig;
use longshore::telemetry::Snapshot;
use longshore::{
    BatchHandler, Connection, Context, Handler, Message, QueueConfig, Stop, Verdict, Worker,
};
use tokio::time::{Instant, sleep};

use super::measure::{self, Cost};

/// The time between two checks of the counts.
const CHECK_INTERVAL: Duration = Duration::from_millis(20);

/// One message for each call.
#[tokio::main]
pub async fn run(queue_url: &str, messages: usize) -> Result<Cost, Box<dyn Error>> {
    measured(worker(queue_url, 100, |_: Message, _: Context| async {}), messages).await
}

/// A batch handler that does nothing.
struct AllDone;

impl BatchHandler for AllDone {
    async fn handle_batch(&self, messages: &[Message], _: Context) -> Vec<Verdict> {
        vec![Verdict::Done; messages.len()]
    }
}

/// Ten messages for each call.
#[tokio::main]
pub async fn run_batches(queue_url: &str, messages: usize) -> Result<Cost, Box<dyn Error>> {
    let batch = BatchConfig::new(10, Duration::from_millis(200));
    let config = QueueConfig::builder(queue_url).concurrency(100).batch(Some(batch)).build();
    let config = config.expect("the settings are valid");
    let worker = Worker::builder().add_sqs_batch(&connection(queue_url), config, AllDone);
    measured(worker.build().expect("there is one queue"), messages).await
}

async fn measured(worker: Worker, messages: usize) -> Result<Cost, Box<dyn Error>> {
    let metrics = worker.metrics().clone();
    let stop = Stop::new();
    let (cpu, started) = (measure::cpu(), Instant::now());
    let running = tokio::spawn(worker.run(stop.clone()));
    let totals = until(&metrics, |totals| totals.deleted >= messages as u64).await;
    let (cpu, wall) = (measure::cpu() - cpu, started.elapsed());
    stop.hurry();
    running.await?;
    Ok(Cost { messages, cpu, wall, requests: totals.requests, server_cpu: Default::default() })
}

/// Keeps this number of messages in handlers that never end, and prints the memory of this process.
#[tokio::main]
pub async fn hold(queue_url: &str, messages: usize) -> Result<(), Box<dyn Error>> {
    let worker = worker(queue_url, messages.max(10), |_: Message, _: Context| pending::<()>());
    let metrics = worker.metrics().clone();
    let running = tokio::spawn(worker.run(Stop::new()));
    until(&metrics, |totals| totals.in_flight() >= messages as u64).await;
    sleep(Duration::from_secs(2)).await;
    println!("{}", measure::resident_mebibytes()?);
    running.abort();
    Ok(())
}

fn worker(queue_url: &str, concurrency: usize, handler: impl Handler) -> Worker {
    let config = QueueConfig::builder(queue_url).concurrency(concurrency).build();
    let config = config.expect("the settings are valid");
    let worker = Worker::builder().add_sqs(&connection(queue_url), config, handler);
    worker.build().expect("there is one queue")
}

fn connection(queue_url: &str) -> Connection {
    Connection::local(queue_url.rsplitn(3, '/').last().unwrap_or(queue_url))
}

async fn until(
    metrics: &longshore::telemetry::Metrics,
    enough: impl Fn(&Snapshot) -> bool,
) -> Snapshot {
    let queue = metrics.queues().remove(0);
    loop {
        let totals = queue.totals();
        if enough(&totals) {
            return totals;
        }
        sleep(CHECK_INTERVAL).await;
    }
}
