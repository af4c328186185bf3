//! One act: a worker on the queue, from the first receive to the last.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::figures::Polling;
use super::handler;
use super::play::PlayError;
use super::stage::Running;
use super::waits::Waits;
use longshore::config::{QueueAddress, QueueConfig};
use longshore::health::Health;
use longshore::queue::Connection;
use longshore::telemetry::Metrics;
use longshore::worker::{Report, Stop, Worker};

pub(super) struct Act {
    pub(super) sent: Arc<AtomicU64>,
    stop: Stop,
    working: JoinHandle<Report>,
}

/// What outlives an act: both show what they do in the same place, so that they can be compared.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) metrics: Metrics,
    pub(super) health: Health,
    /// Where it is answered.
    pub(super) admin: SocketAddr,
}

impl Act {
    /// Starts a worker that polls like this, and what there is to see of it.
    pub(super) fn open(
        connection: &Connection,
        queue_url: &str,
        polling: Polling,
        lasts: Option<Duration>,
        shown: &Shown,
    ) -> (Self, Running) {
        let (waits, sent) = (Arc::new(Waits::default()), Arc::new(AtomicU64::new(0)));
        let mut worker = Worker::following(shown.metrics.clone(), shown.health.clone());
        let config = queue_config(queue_url, polling);
        let metrics = worker.add_sqs(connection, config, handler::orders(waits.clone()));
        let began = Instant::now();
        let running = Running {
            polling,
            began,
            lasts,
            admin: shown.admin,
            metrics,
            sent: sent.clone(),
            waits,
        };
        let stop = Stop::new();
        let working = tokio::spawn(worker.run(stop.clone()));
        (Self { sent, stop, working }, running)
    }

    /// Asks the worker to take no more.
    pub(super) fn stop(&self) {
        self.stop.begin();
    }

    /// Waits until the worker has stopped.
    pub(super) async fn ended(&mut self) -> Result<(), PlayError> {
        self.stop();
        (&mut self.working).await.map_err(PlayError::Worker)?;
        Ok(())
    }
}

/// What a small shop would not lose sleep over. One worker's short polling costs more on any machine.
const WASTE_BUDGET_USD: f64 = 10.0;

/// Everything at its default but the one setting that the play is about, and the waste that is told of. It
/// is one queue; each act shows it under a name of its own.
fn queue_config(url: &str, polling: Polling) -> QueueConfig {
    let mut config = QueueConfig::new(QueueAddress::Url(url.to_owned()));
    config.name = polling.shown_as().to_owned();
    config.wait = polling.wait();
    config.short_polling = polling == Polling::Short;
    config.objectives.waste_budget_per_month_usd = WASTE_BUDGET_USD;
    config
}
