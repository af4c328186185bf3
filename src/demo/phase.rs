//! One phase of the demo: a worker that consumes the queue with short polling or with long polling.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::task::{JoinError, JoinHandle};
use tokio::time::Instant;

use super::handler::{WaitTimes, process_orders};
use super::progress::RunningPhase;
use super::results::Polling;
use longshore::config::{ObjectivesConfig, QueueConfig};
use longshore::health::Health;
use longshore::queue::Connection;
use longshore::telemetry::Metrics;
use longshore::worker::{Report, Stop, Worker};

/// The waste budget of the demo's queue. One worker with short polling exceeds it on any machine.
const WASTE_BUDGET_USD: f64 = 10.0;

/// A started phase.
#[derive(Debug)]
pub(super) struct Phase {
    pub(super) sent: Arc<AtomicU64>,
    stop: Stop,
    worker: JoinHandle<Report>,
}

/// What both phases report into, so that one status page compares them.
#[derive(Debug)]
pub(super) struct Telemetry {
    pub(super) metrics: Metrics,
    pub(super) health: Health,
    /// The address of the admin endpoint.
    pub(super) admin: SocketAddr,
}

impl Phase {
    /// Starts a worker. Returns the phase and its live values.
    pub(super) fn start(
        connection: &Connection,
        queue_url: &str,
        polling: Polling,
        duration: Option<Duration>,
        telemetry: &Telemetry,
    ) -> (Self, RunningPhase) {
        let (wait_times, sent) = (Arc::new(WaitTimes::default()), Arc::new(AtomicU64::new(0)));
        let handler = process_orders(wait_times.clone());
        let worker = Worker::builder()
            .metrics(telemetry.metrics.clone())
            .health(telemetry.health.clone())
            .add_sqs(connection, queue_config(queue_url, polling), handler)
            .build()
            .expect("the phases use different queue names");
        let metrics = telemetry.metrics.queue(polling.queue_name());
        let running = RunningPhase {
            polling,
            began: Instant::now(),
            duration,
            admin: telemetry.admin,
            metrics: metrics.expect("the worker has registered its queue"),
            sent: sent.clone(),
            wait_times,
        };
        let stop = Stop::new();
        let worker = tokio::spawn(worker.run(stop.clone()));
        (Self { sent, stop, worker }, running)
    }

    /// Starts the worker's shutdown. Returns at once.
    pub(super) fn begin_stop(&self) {
        self.stop.begin();
    }

    /// Stops the worker and waits until it has drained.
    pub(super) async fn stop(&mut self) -> Result<(), JoinError> {
        self.begin_stop();
        (&mut self.worker).await.map(drop)
    }
}

/// The defaults, except for the polling and the waste budget. Both phases consume the same queue,
/// but each reports it under its own name.
fn queue_config(url: &str, polling: Polling) -> QueueConfig {
    let mut objectives = ObjectivesConfig::default();
    objectives.waste_budget_per_month_usd = WASTE_BUDGET_USD;
    QueueConfig::builder(url)
        .name(polling.queue_name())
        .wait(polling.wait())
        .short_polling(polling == Polling::Short)
        .objectives(objectives)
        .build()
        .expect("the demo's settings are valid")
}
