//! Longshore as one replica, and what it counts of itself.

use std::sync::Arc;
use std::time::Duration;

use longshore::config::ShutdownConfig;
use longshore::telemetry::Snapshot;
use longshore::{
    AnyHandler, Context, Message, QueueAddress, QueueConfig, Stop, Worker as Longshore,
};

use super::counts::Counts;
use super::handler::Handler;
use super::sqs::Sqs;

/// Longer than any handler takes.
const LONG: Duration = Duration::from_secs(6 * 60 * 60);

/// A queue's configuration with everything at its default.
pub fn defaults() -> QueueConfig {
    QueueConfig::new(QueueAddress::Name("bench".to_owned()))
}

/// How long a message may wait for company before it is received, by default.
pub fn gather() -> Duration {
    defaults().gather
}

/// Works the queue until a stop is asked for, and everything in hand is settled.
pub async fn run(config: QueueConfig, queue: Arc<Sqs>, handler: Handler, stop: Stop) -> Snapshot {
    handler.stagger().await;
    // What is in hand when the measuring ends is handled to its end, so that all of it can be counted.
    let shutdown = ShutdownConfig { grace: LONG, ..ShutdownConfig::default() };
    let mut worker = Longshore::new(shutdown, None);
    let handle = move |message: Message, _: Context| {
        let handler = handler.clone();
        async move { handler.handle(&message).await }
    };
    let config = QueueConfig { handler_timeout: LONG, ..config };
    let metrics = worker.add(config, AnyHandler::new(handle), |_| queue);
    worker.run(stop).await;
    metrics.totals()
}

/// The worker's own counts agree with the queue's, when all has ended.
pub fn assert_counts_agree(own: Snapshot, queue: Counts) {
    assert_eq!(own.received, queue.received, "messages received, by the worker and by the queue");
    assert_eq!(own.deleted, queue.deleted, "messages deleted, by the worker and by the queue");
    assert_eq!(own.received, own.settled, "received = settled, after a stop");
    assert_eq!(own.abandoned, 0, "a message was abandoned");
}
