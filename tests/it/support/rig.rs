//! A worker that runs, and the identity that holds at the end of every test.

use std::time::Duration;

use longshore::config::QueueConfigBuilder;
use longshore::health::Health;
use longshore::telemetry::Metrics;
use longshore::worker::WorkerBuilder;
use longshore::{Handler, QueueConfig, Report, Stop, Worker};
use tokio::task::JoinHandle;

use super::{FakeQueue, Scrape};

/// A queue's configuration with everything at its default.
pub fn config(name: &str) -> QueueConfigBuilder {
    QueueConfig::builder(name)
}

/// A worker that runs, and what can be done to it.
pub struct Rig {
    pub stop: Stop,
    pub metrics: Metrics,
    pub health: Health,
    running: JoinHandle<Report>,
}

impl Rig {
    /// Works the queue `orders` with defaults.
    pub fn start(queue: &FakeQueue, handler: impl Handler) -> Self {
        Self::with(queue, config("orders"), handler)
    }

    pub fn with(queue: &FakeQueue, config: QueueConfigBuilder, handler: impl Handler) -> Self {
        Self::build(queue, config, handler, |worker| worker)
    }

    pub fn build(
        queue: &FakeQueue,
        config: QueueConfigBuilder,
        handler: impl Handler,
        adjust: impl FnOnce(WorkerBuilder) -> WorkerBuilder,
    ) -> Self {
        let worker = Worker::builder().add(config.build().unwrap(), queue.clone(), handler);
        Self::run(adjust(worker))
    }

    /// Runs a worker with whatever queues it has.
    pub fn run(worker: WorkerBuilder) -> Self {
        let worker = worker.build().unwrap();
        let stop = Stop::new();
        let (metrics, health) = (worker.metrics().clone(), worker.health().clone());
        let running = tokio::spawn(worker.run(stop.clone()));
        Self { stop, metrics, health, running }
    }

    pub fn scrape(&self) -> Scrape {
        Scrape::of(&self.metrics)
    }

    /// Asks for a stop and waits for the end.
    pub async fn stop(self) -> (Report, Scrape) {
        self.stop.begin();
        self.end().await
    }

    /// Waits for the end, and checks that every message is accounted for.
    pub async fn end(self) -> (Report, Scrape) {
        let bound = Duration::from_secs(24 * 3600);
        let report = tokio::time::timeout(bound, self.running).await.expect("ends").unwrap();
        let scrape = Scrape::of(&self.metrics);
        scrape.assert_every_message_is_accounted_for();
        (report, scrape)
    }
}
