//! One act: a worker on the queue and its admin endpoint, from the first receive to the last.

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
use crate::admin::AdminServer;
use crate::config::{QueueAddress, QueueConfig};
use crate::queue::Connection;
use crate::worker::{Report, Stop, Worker};

pub(super) struct Act {
    pub(super) sent: Arc<AtomicU64>,
    stop: Stop,
    working: JoinHandle<Report>,
    admin: AdminServer,
}

impl Act {
    /// Starts a worker that polls like this, and what there is to see of it.
    pub(super) fn open(
        connection: &Connection,
        queue_url: &str,
        polling: Polling,
        lasts: Option<Duration>,
        listen: SocketAddr,
    ) -> Result<(Self, Running), PlayError> {
        let (waits, sent) = (Arc::new(Waits::default()), Arc::new(AtomicU64::new(0)));
        let mut worker = Worker::default();
        let config = queue_config(queue_url, polling);
        let metrics = worker.add_sqs(connection, config, handler::orders(waits.clone()));
        let admin = AdminServer::start(listen, worker.metrics().clone(), worker.health().clone())?;
        let (began, admin_address) = (Instant::now(), admin.address());
        let running = Running {
            polling,
            began,
            lasts,
            admin: admin_address,
            metrics,
            sent: sent.clone(),
            waits,
        };
        let stop = Stop::new();
        let working = tokio::spawn(worker.run(stop.clone()));
        Ok((Self { sent, stop, working, admin }, running))
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

    /// Ends the admin endpoint, so that its address is free again.
    pub(super) async fn clear(self) -> Result<(), PlayError> {
        tokio::task::spawn_blocking(|| self.admin.stop()).await.map_err(PlayError::Worker)
    }
}

/// Everything at its default but the one setting that the play is about.
fn queue_config(url: &str, polling: Polling) -> QueueConfig {
    let mut config = QueueConfig::new(QueueAddress::Url(url.to_owned()));
    config.wait = polling.wait();
    config.short_polling = polling == Polling::Short;
    config
}
