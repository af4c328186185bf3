//! One replica of Longshore, and its own counts.

use std::time::Duration;

use futures_util::future::join_all;
use longshore::config::{QueueConfigBuilder, ShutdownConfig};
use longshore::telemetry::Snapshot;
use longshore::testing::{CallCounts, FakeQueue};
use longshore::{BatchHandler, Context, Message, QueueConfig, Stop, Verdict, Worker as Longshore};

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
    let config = config.handler_timeout(LONG).build().expect("the settings are valid");
    let (name, has_batches) = (config.name().to_owned(), config.batch().is_some());
    let builder = Longshore::builder().shutdown(shutdown);
    let worker = if has_batches {
        builder.add_batch(config, queue, Batches(handler))
    } else {
        let handle = move |message: Message, _: Context| {
            let handler = handler.clone();
            async move { handler.handle(&message).await }
        };
        builder.add(config, queue, handle)
    };
    let worker = worker.build().expect("there is one queue");
    let metrics = worker.metrics().queue(&name).expect("the worker has registered its queue");
    worker.run(stop).await;
    metrics.totals()
}

/// Handles the messages of a batch at the same time.
struct Batches(Handler);

impl BatchHandler for Batches {
    async fn handle_batch(&self, messages: &[Message], _: Context) -> Vec<Verdict> {
        join_all(messages.iter().map(|message| self.0.handle(message))).await;
        vec![Verdict::Done; messages.len()]
    }
}

/// Asserts after the run that the worker's own counts equal those of the queue.
pub fn assert_counts_agree(own: Snapshot, queue: CallCounts) {
    assert_eq!(own.received, queue.received, "messages received, by the worker and by the queue");
    assert_eq!(own.requests, queue.requests(), "requests, by the worker and by the queue");
    assert_eq!(own.deleted, queue.deleted, "messages deleted, by the worker and by the queue");
    assert_eq!(own.received, own.settled, "received = settled, after a stop");
    assert_eq!(own.abandoned, 0, "a message was abandoned");
}
