//! Runs the demo: starts the local queue and the admin endpoint, then phase 1 and phase 2.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::task::JoinError;
use tokio::time::{Instant, sleep_until, timeout};

use super::orders::send_orders;
use super::phase::{Phase, Telemetry};
use super::progress::Progress;
use super::results::{Polling, Results};
use longshore::admin::{AdminError, AdminServer};
use longshore::health::Health;
use longshore::queue::{Connection, QueueError};
use longshore::telemetry::Metrics;
use longshore::worker::Stop;
use longshore_local::{Fault, LocalQueue, Options, Refusal, Rule};

/// The latency of every request to the local queue, as SQS has within its region. Without it, short
/// polling would send more receives and look more expensive than it is.
pub const ROUND_TRIP: Duration = Duration::from_millis(10);

const QUEUE: &str = "orders";
/// The producer stops this long before the end of a phase, or after half of it. In this time, the
/// last orders can be retried after 1 s, and their deletes can linger for 1 s.
const QUIET_END: Duration = Duration::from_millis(2_200);
/// A phase may take this much longer to process its remaining orders.
const OVERTIME: Duration = Duration::from_secs(3);

/// The options of a demo.
#[derive(Debug, Clone, Copy)]
pub struct DemoOptions {
    /// Duration of phase 1, which uses short polling.
    pub short_polling: Duration,
    /// Duration of phase 2, which uses long polling. `None`: it runs until the demo is stopped.
    pub long_polling: Option<Duration>,
    /// Address of the status page, the metrics and the health endpoints. Port 0 selects a free
    /// port.
    pub listen: SocketAddr,
}

/// A demo that is ready to run.
#[derive(Debug)]
pub struct Demo {
    options: DemoOptions,
    queue: LocalQueue,
    queue_url: String,
    connection: Connection,
    progress: Progress,
    telemetry: Telemetry,
    admin: AdminServer,
}

/// Why the demo cannot start or continue.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The loopback interface has no free port.
    #[error("cannot start the local queue")]
    Listen(#[source] io::Error),
    /// The local queue rejected the demo's queue.
    #[error("cannot create the queue `{QUEUE}`")]
    Queue(#[source] Refusal),
    /// The admin endpoint cannot listen on its address.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The producer cannot send orders.
    #[error("cannot send orders to the local queue")]
    Send(#[from] QueueError),
    /// A task of the worker or of the admin endpoint panicked.
    #[error("a task of the demo panicked")]
    Panicked(#[from] JoinError),
}

impl Demo {
    /// Starts the local queue on a free port of the loopback interface, and the admin endpoint.
    /// Reads no configuration.
    pub async fn start(options: DemoOptions) -> Result<Self, DemoError> {
        let queue_options = Options::default();
        queue_options.faults.add(Rule::new(Fault::Latency(ROUND_TRIP)));
        let queue = LocalQueue::start(queue_options).await.map_err(DemoError::Listen)?;
        let queue_url = queue.create_queue(QUEUE, &[]).map_err(DemoError::Queue)?;
        let connection = Connection::local(&queue.endpoint_url());
        let (metrics, health) = (Metrics::default(), Health::default());
        let admin = AdminServer::start(options.listen, metrics.clone(), health.clone())?;
        let telemetry = Telemetry { metrics, health, admin: admin.address() };
        let progress = Progress::default();
        Ok(Self { options, queue, queue_url, connection, progress, telemetry, admin })
    }

    /// A handle to the progress of this demo.
    pub fn progress(&self) -> Progress {
        self.progress.clone()
    }

    /// Runs both phases, or less if `stop` begins earlier. **Not cancel-safe**: if this future is
    /// dropped, the worker keeps running.
    pub async fn run(self, stop: &Stop) -> Result<Results, DemoError> {
        let mut phase =
            self.run_phase(Polling::Short, Some(self.options.short_polling), stop).await?;
        if !stop.has_begun() {
            phase.stop().await?;
            self.progress.finish();
            phase = self.run_phase(Polling::Long, self.options.long_polling, stop).await?;
        }
        self.shut_down(phase).await
    }

    /// Starts a phase and runs it until its time is over and every order is processed, or until the
    /// stop. The worker of the returned phase is still running.
    async fn run_phase(
        &self,
        polling: Polling,
        duration: Option<Duration>,
        stop: &Stop,
    ) -> Result<Phase, DemoError> {
        let began = Instant::now();
        let (phase, running) =
            Phase::start(&self.connection, &self.queue_url, polling, duration, &self.telemetry);
        self.progress.begin(running);
        let limit = duration.map(|duration| duration - QUIET_END.min(duration / 2));
        send_orders(&self.connection.sender(&self.queue_url), limit, &phase.sent, stop).await?;
        let finished = async {
            if let Some(duration) = duration {
                sleep_until(began + duration).await;
            }
            let processed = self
                .queue
                .until(QUEUE, |counts| counts.visible + counts.in_flight + counts.delayed == 0);
            // If orders remain after this time, the results show fewer processed than sent
            // messages.
            drop(timeout(OVERTIME, processed).await);
        };
        tokio::select! {
            () = finished => {}
            () = stop.begun() => {}
        }
        Ok(phase)
    }

    /// Stops the worker, the queue and the admin endpoint. The queue stops as soon as nothing is in
    /// flight, because this ends the worker's open long poll. It would otherwise last up to 20 s.
    async fn shut_down(self, mut phase: Phase) -> Result<Results, DemoError> {
        phase.begin_stop();
        drop(timeout(OVERTIME, self.queue.until(QUEUE, |counts| counts.in_flight == 0)).await);
        self.queue.stop().await;
        phase.stop().await?;
        let results = self.progress.finish();
        let admin = self.admin;
        tokio::task::spawn_blocking(|| admin.stop()).await?;
        Ok(results)
    }
}
