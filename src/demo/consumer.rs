//! A worker of the demo that consumes a queue.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle};
use tokio::time::Instant;

use super::act::Act;
use super::handler::WaitTimes;
use super::progress::RunningAct;
use longshore::config::{ObjectivesConfig, QueueConfig};
use longshore::handler::Handler;
use longshore::health::Health;
use longshore::queue::Connection;
use longshore::telemetry::{Metrics, QueueMetrics};
use longshore::worker::{Report, Stop, Worker};

/// The waste budget of the demo's queue. One worker with short polling exceeds it on any machine.
const WASTE_BUDGET_USD: f64 = 10.0;

/// A started worker.
#[derive(Debug)]
pub(super) struct Consumer {
    pub(super) sent: Arc<AtomicU64>,
    metrics: Arc<QueueMetrics>,
    stop: Stop,
    worker: JoinHandle<Report>,
}

/// What all workers report into, so that one status page compares them.
#[derive(Debug)]
pub(super) struct Telemetry {
    pub(super) metrics: Metrics,
    pub(super) health: Health,
    /// The address of the admin endpoint.
    pub(super) admin: SocketAddr,
}

impl Consumer {
    /// Starts a worker. `name` is that of its queue in the metrics.
    pub(super) fn start(
        connection: &Connection,
        queue_url: &str,
        (name, wait): (&'static str, Duration),
        handler: impl Handler,
        telemetry: &Telemetry,
    ) -> Self {
        let worker = Worker::builder()
            .metrics(telemetry.metrics.clone())
            .health(telemetry.health.clone())
            .add_sqs(connection, queue_config(queue_url, name, wait), handler)
            .build()
            .expect("the workers use different queue names");
        let metrics = telemetry.metrics.queue(name);
        let stop = Stop::new();
        Self {
            sent: Arc::default(),
            metrics: metrics.expect("the worker has registered its queue"),
            worker: tokio::spawn(worker.run(stop.clone())),
            stop,
        }
    }

    /// Its live values as those of an act that begins now. Its handler records `wait_times`.
    pub(super) fn running(
        &self,
        (act, duration): (Act, Option<Duration>),
        wait_times: Arc<WaitTimes>,
        telemetry: &Telemetry,
    ) -> RunningAct {
        RunningAct {
            act,
            began: Instant::now(),
            duration,
            admin: telemetry.admin,
            metrics: self.metrics.clone(),
            sent: self.sent.clone(),
            wait_times,
        }
    }

    /// Messages that are in flight for this worker.
    pub(super) fn in_flight(&self) -> u64 {
        self.metrics.totals().in_flight()
    }

    /// Starts the worker's shutdown. Returns at once.
    pub(super) fn begin_stop(&self) {
        self.stop.begin();
    }

    /// Stops the worker and waits until it has drained.
    pub(super) async fn stop(&mut self) -> Result<Report, JoinError> {
        self.begin_stop();
        (&mut self.worker).await
    }

    /// Stops the worker without waiting for its handlers.
    pub(super) async fn stop_at_once(&mut self) -> Result<Report, JoinError> {
        self.stop.hurry();
        (&mut self.worker).await
    }
}

/// The defaults, except for the polling and the waste budget. Each worker reports its queue under its
/// own name.
fn queue_config(url: &str, name: &str, wait: Duration) -> QueueConfig {
    let mut objectives = ObjectivesConfig::default();
    objectives.waste_budget_per_month_usd = WASTE_BUDGET_USD;
    QueueConfig::builder(url)
        .name(name)
        .wait(wait)
        .short_polling(wait.is_zero())
        .objectives(objectives)
        .build()
        .expect("the demo's settings are valid")
}
