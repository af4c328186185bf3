//! All queues of one process: started together, stopped together, in parallel.

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use super::intake::IntakeEnd;
use super::ledger::Ledger;
use super::pipeline::{Parts, Pipeline, Surroundings};
use super::slots::Share;
use super::stop::Stop;
use crate::config::{QueueConfig, ShutdownConfig};
use crate::handler::{AnyHandler, Handler};
use crate::health::Health;
use crate::queue::{BATCH, Connection, Queue, Timeouts};
use crate::telemetry::{Metrics, QueueMetrics};
use crate::trace::{Traces, TracesConfig};

/// A worker: queues and their handlers, one time budget for a stop.
///
/// ```no_run
/// use longshore::{AwsConfig, Connection, Context, Message, QueueAddress, QueueConfig, Stop, Worker};
///
/// # async fn example() {
/// let connection = Connection::open(&AwsConfig::default()).await;
/// let orders = QueueConfig::new(QueueAddress::Name("orders".into()));
/// let mut worker = Worker::default();
/// worker.add_sqs(&connection, orders, |message: Message, _: Context| async move {
///     println!("{}", message.body);
/// });
/// let stop = Stop::on_signals().expect("signals can be listened for");
/// let report = worker.run(stop).await;
/// println!("{}", report.ledger);
/// # }
/// ```
#[derive(Default)]
pub struct Worker {
    parts: Vec<Parts>,
    shutdown: ShutdownConfig,
    concurrency: Option<usize>,
    until_empty: bool,
    metrics: Metrics,
    health: Health,
    traces: Arc<Traces>,
}

/// What a worker has to say when it has stopped.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// What became of every message that was in hand when the stop began.
    pub ledger: Ledger,
    /// Queues that could not be reached, in a run until empty.
    pub failures: Vec<String>,
}

impl Worker {
    /// A worker with this time budget for a stop, and, over all its queues, room for so many messages
    /// at once.
    pub fn new(shutdown: ShutdownConfig, concurrency: Option<usize>) -> Self {
        Self { shutdown, concurrency, ..Self::default() }
    }

    /// Shows what it does where another worker of this process has shown the same before it, beside that
    /// one's queues.
    pub fn following(metrics: Metrics, health: Health) -> Self {
        Self { metrics, health, ..Self::default() }
    }

    /// How messages are traced: which contexts they may bring, and how handling refers to sending. The
    /// spans themselves are for any subscriber of `tracing` with a layer of `tracing-opentelemetry`, as
    /// `Otlp::layer` is.
    pub fn trace(&mut self, config: &TracesConfig) {
        self.traces = Arc::new(Traces::new(config));
    }

    /// Reports into these metrics, such as those of [`Otlp::worker_metrics`](crate::otlp).
    ///
    /// # Panics
    /// If a queue was added before, because its metrics are registered already.
    pub fn report_into(&mut self, metrics: Metrics) {
        assert!(self.parts.is_empty(), "metrics are set before queues are added");
        self.metrics = metrics;
    }

    /// Ends the run when every queue has been found empty twice in a row with nothing in hand. What is
    /// delayed, waiting for its retry, or with another consumer is left for the next run.
    pub fn until_empty(&mut self) {
        self.until_empty = true;
    }

    /// Adds a queue of SQS, and returns its metrics.
    pub fn add_sqs(
        &mut self,
        connection: &Connection,
        config: QueueConfig,
        handler: impl Handler,
    ) -> Arc<QueueMetrics> {
        let timeouts = Timeouts::for_wait(config.wait);
        let address = config.address.clone();
        self.add(config, AnyHandler::new(handler), |metrics| {
            Arc::new(connection.queue(address, timeouts, metrics))
        })
    }

    /// Adds a queue of any kind, made by `queue` once its metrics are registered, and returns these.
    pub fn add(
        &mut self,
        config: QueueConfig,
        handler: AnyHandler,
        queue: impl FnOnce(Arc<QueueMetrics>) -> Arc<dyn Queue>,
    ) -> Arc<QueueMetrics> {
        let metrics = self.metrics.queue(&config);
        self.health.add_queue(&config.name);
        let queue = queue(metrics.clone());
        self.parts.push(Parts { config, queue, handler, metrics: metrics.clone() });
        metrics
    }

    /// The worker's metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The worker's health.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Processes messages until `shutdown` completes, then drains within
    /// [`ShutdownConfig::grace`]. Dropping the returned future abandons the messages in flight.
    ///
    /// ```no_run
    /// # async fn example(worker: longshore::Worker) {
    /// let report = worker.run_until(tokio::signal::ctrl_c()).await;
    /// println!("{}", report.ledger);
    /// # }
    /// ```
    pub async fn run_until(self, shutdown: impl Future) -> Report {
        let stop = Stop::new();
        let mut running = std::pin::pin!(self.run(stop.clone()));
        tokio::select! {
            report = &mut running => return report,
            _ = shutdown => stop.begin(),
        }
        running.await
    }

    /// Works until `stop` is asked for, then drains. **Not cancel-safe**: dropping it abandons the
    /// messages in hand.
    pub async fn run(self, stop: Stop) -> Report {
        let Self { parts, shutdown, concurrency, until_empty, metrics, health, traces } = self;
        health.begin();
        metrics.draining(false);
        let shares = shares(concurrency, &parts);
        let pipelines: Vec<_> = parts
            .into_iter()
            .zip(shares)
            .map(|(parts, share)| {
                let (shutdown, health, stop) = (shutdown.clone(), health.clone(), stop.clone());
                let traces = traces.clone();
                let around = Surroundings { shutdown, share, until_empty, health, stop, traces };
                Pipeline::new(parts, around)
            })
            .collect();
        let mut drain_began = None;
        let mut working = std::pin::pin!(join_all(pipelines.into_iter().map(Pipeline::run)));
        let ends = tokio::select! {
            ends = &mut working => ends,
            () = stop.begun() => {
                drain_began = Some(Instant::now());
                health.drain(shutdown.grace);
                metrics.draining(true);
                tracing::info!(grace_seconds = shutdown.grace.as_secs_f64(), "stopping: no more receives; awaiting those that are open, and finishing what is in hand. A second signal ends the grace");
                tokio::select! {
                    ends = &mut working => ends,
                    () = end_of_grace(&stop, &shutdown) => working.await,
                }
            }
        };
        report(ends, drain_began)
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let queues: Vec<_> = self.parts.iter().map(|parts| parts.config.name.as_str()).collect();
        f.debug_struct("Worker").field("queues", &queues).finish_non_exhaustive()
    }
}

async fn end_of_grace(stop: &Stop, shutdown: &ShutdownConfig) {
    sleep(shutdown.grace).await;
    stop.hurry();
}

/// Each queue's part of the common room, by weight.
fn shares(concurrency: Option<usize>, parts: &[Parts]) -> Vec<Option<Share>> {
    let Some(total) = concurrency else { return vec![None; parts.len()] };
    let room = Arc::new(Semaphore::new(total));
    let heaviest = parts.iter().map(|parts| parts.config.weight).max().unwrap_or(1).max(1);
    // Each other queue may sit in a long poll with one slot; a turn must not wait for those.
    let reachable = total.saturating_sub(parts.len().saturating_sub(1)).max(1);
    let at_a_turn = |weight: u32| {
        let turn = (BATCH * weight as usize).div_ceil(heaviest as usize);
        turn.clamp(1, reachable.min(BATCH))
    };
    parts
        .iter()
        .map(|parts| Some(Share { room: room.clone(), at_a_turn: at_a_turn(parts.config.weight) }))
        .collect()
}

fn report(
    ends: Vec<(IntakeEnd, Arc<super::leases::Leases>)>,
    drain_began: Option<Instant>,
) -> Report {
    let mut report = Report::default();
    report.ledger.took = drain_began.map(|began| began.elapsed()).unwrap_or_default();
    for (end, leases) in ends {
        report.ledger.add(&leases.tally);
        match end {
            IntakeEnd::Failed(why) => report.failures.push(why),
            IntakeEnd::Stopped | IntakeEnd::Empty => {}
        }
    }
    report
}
