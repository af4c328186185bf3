//! One replica of Longshore, and its own counts.

use std::time::Duration;

use longshore::config::{QueueConfigBuilder, ShutdownConfig};
use longshore::telemetry::Snapshot;
use longshore::testing::{CallCounts, FakeQueue};
use longshore::{Context, Message, QueueConfig, Stop, Worker as Longshore};

use super::handler::Handler;

/// Longer than any handler takes.
const LONG: Duration = Duration::from_secs(6 * 60 * 60);

/// A queue's configuration with everything at its default.
pub fn defaults() -> QueueConfigBuilder {
    QueueConfig::builder("bench")
}

/// The default configuration, validated.
pub fn validated_defaults() -> QueueConfig {
    defaults().build().expect("the defaults are valid")
}

/// The default of `gather`.
pub fn gather() -> Duration {
    defaults().effective_gather()
}

/// Consumes the queue until a stop begins and every message in flight is settled.
pub async fn run(
    config: QueueConfigBuilder,
    queue: FakeQueue,
    handler: Handler,
    stop: Stop,
) -> Snapshot {
    handler.stagger().await;
    // Messages in flight at the end are processed, so that all of them are counted.
    let shutdown = ShutdownConfig::default().grace(LONG);
    let handle = move |message: Message, _: Context| {
        let handler = handler.clone();
        async move { handler.handle(&message).await }
    };
    let config = config.handler_timeout(LONG).build().expect("the settings are valid");
    let worker = Longshore::builder().shutdown(shutdown).add(config, queue, handle);
    let worker = worker.build().expect("there is one queue");
    let metrics = worker.metrics().queue("bench").expect("the worker has registered its queue");
    worker.run(stop).await;
    metrics.totals()
}

/// Asserts after the run that the worker's own counts equal those of the queue.
pub fn assert_counts_agree(own: Snapshot, queue: CallCounts) {
    assert_eq!(own.received, queue.received, "messages received, by the worker and by the queue");
    assert_eq!(own.requests, queue.requests(), "requests, by the worker and by the queue");
    assert_eq!(own.deleted, queue.deleted, "messages deleted, by the worker and by the queue");
    assert_eq!(own.received, own.settled, "received = settled, after a stop");
    assert_eq!(own.abandoned, 0, "a message was abandoned");
}
