//! All queues of one worker: started together, stopped together, run in parallel.

use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use super::lease_table::LeaseTable;
use super::ledger::Ledger;
use super::pipeline::{Environment, Parts, Pipeline};
use super::polling::PollEnd;
use super::slots::Share;
use super::stop::Stop;
use crate::config::ShutdownConfig;
use crate::health::Health;
use crate::queue::BATCH;
use crate::sync::Semaphore;
use crate::telemetry::Metrics;
use crate::trace::Traces;

/// A worker: queues, their handlers, and one time budget for a shutdown.
///
/// ```no_run
/// use longshore::{AwsConfig, Connection, Context, Message, QueueConfig, Stop, Worker};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let connection = Connection::open(&AwsConfig::default()).await?;
/// let orders = QueueConfig::builder("orders").concurrency(50).build()?;
/// let worker = Worker::builder()
///     .add_sqs(&connection, orders, |message: Message, _: Context| async move {
///         println!("{}", message.body);
///     })
///     .build()?;
/// let report = worker.run(Stop::on_signals()?).await;
/// println!("{}", report.ledger);
/// # Ok(())
/// # }
/// ```
pub struct Worker {
    pub(super) parts: Vec<Parts>,
    pub(super) shutdown: ShutdownConfig,
    pub(super) concurrency: Option<usize>,
    pub(super) until_empty: bool,
    pub(super) metrics: Metrics,
    pub(super) health: Health,
    pub(super) traces: Arc<Traces>,
}

/// The result of a worker that has ended.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Report {
    /// What happened to each message that was in flight when the shutdown began.
    pub ledger: Ledger,
    /// Queues that could not be reached, in a run until empty: one sentence each.
    pub failures: Vec<String>,
}

impl Worker {
    /// The worker's metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The worker's health.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Processes messages until `shutdown` completes, then drains within [`ShutdownConfig::grace`].
    /// Not cancel-safe: dropping the future abandons the messages in flight.
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
            // A signal is caught from the first poll of its future on, so that is before any message.
            biased;
            _ = shutdown => stop.begin(),
            report = &mut running => return report,
        }
        running.await
    }

    /// Processes messages until `stop` begins, then drains. Not cancel-safe: dropping the future
    /// abandons the messages in flight.
    pub async fn run(self, stop: Stop) -> Report {
        let Self { parts, shutdown, concurrency, until_empty, metrics, health, traces } = self;
        health.begin();
        metrics.draining(false);
        let shares = shares(concurrency, &parts);
        let pipelines: Vec<_> = parts
            .into_iter()
            .zip(shares)
            .map(|(parts, share)| {
                let (health, stop, traces) = (health.clone(), stop.clone(), traces.clone());
                Pipeline::new(
                    parts,
                    Environment { shutdown, share, until_empty, health, stop, traces },
                )
            })
            .collect();
        let mut drain_began = None;
        let mut running = std::pin::pin!(join_all(pipelines.into_iter().map(Pipeline::run)));
        let ends = tokio::select! {
            biased;
            ends = &mut running => ends,
            () = stop.begun() => {
                drain_began = Some(Instant::now());
                health.drain(shutdown.grace);
                metrics.draining(true);
                tracing::info!(
                    grace_seconds = shutdown.grace.as_secs_f64(),
                    "shutdown began; handlers may continue for the grace, a second signal ends it"
                );
                tokio::select! {
                    biased;
                    ends = &mut running => ends,
                    () = end_of_grace(&stop, &shutdown) => running.await,
                }
            }
        };
        report(ends, drain_began)
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let queues: Vec<_> = self.parts.iter().map(|parts| parts.config.name()).collect();
        f.debug_struct("Worker").field("queues", &queues).finish_non_exhaustive()
    }
}

async fn end_of_grace(stop: &Stop, shutdown: &ShutdownConfig) {
    sleep(shutdown.grace).await;
    stop.hurry();
}

/// Each queue's share of the shared concurrency limit, by weight.
fn shares(concurrency: Option<usize>, parts: &[Parts]) -> Vec<Option<Share>> {
    let Some(total) = concurrency else { return vec![None; parts.len()] };
    let limit = Arc::new(Semaphore::new(total));
    let heaviest = parts.iter().map(|parts| parts.config.weight()).max().unwrap_or(1).max(1);
    // Each other queue can hold one slot in a long poll, and a turn must not wait for those.
    let reachable = total.saturating_sub(parts.len().saturating_sub(1)).max(1);
    let per_turn = |weight: u32| {
        let turn = (BATCH * weight as usize).div_ceil(heaviest as usize);
        turn.clamp(1, reachable.min(BATCH))
    };
    let share =
        |parts: &Parts| Share { limit: limit.clone(), per_turn: per_turn(parts.config.weight()) };
    parts.iter().map(|parts| Some(share(parts))).collect()
}

fn report(ends: Vec<(PollEnd, Arc<LeaseTable>)>, drain_began: Option<Instant>) -> Report {
    let mut report = Report::default();
    report.ledger.took = drain_began.map(|began| began.elapsed()).unwrap_or_default();
    for (end, leases) in ends {
        report.ledger.add(&leases.tally);
        match end {
            PollEnd::Failed(why) => report.failures.push(why),
            PollEnd::Stopped | PollEnd::Empty => {}
        }
    }
    report
}
