//! Deploys: a new worker replaces the old one while handlers run.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::act::Act;
use super::error::DemoError;
use super::journal::Journal;
use super::phase::{Phase, Telemetry};
use super::progress::Progress;
use super::results::DeployStats;
use longshore::queue::{BATCH, Connection};
use longshore::worker::Stop;
use longshore_local::LocalQueue;

/// The queue of the deploys, because the last worker of the other queue may still wait for its open
/// receive.
pub(super) const QUEUE: &str = "deploys";
/// The name of the last worker's queue in the metrics.
const LAST: &str = "deployed";
/// Orders of each deploy: twice the concurrency, so that some wait in the queue.
const ORDERS: usize = 20;
/// The deploy begins when this number of handlers runs: the default concurrency, so that no handler
/// starts while the deploy begins.
const IN_HANDLERS: u64 = 10;
/// The new worker may take this long for the remaining orders.
const LIMIT: Duration = Duration::from_secs(10);

/// What the deploys need.
pub(super) struct Deploys<'a> {
    pub(super) queue: &'a LocalQueue,
    pub(super) url: &'a str,
    pub(super) connection: &'a Connection,
    pub(super) telemetry: &'a Telemetry,
    pub(super) progress: &'a Progress,
}

impl Deploys<'_> {
    /// Replaces a worker that stops at once, then one that drains. Returns the last worker, which
    /// still runs.
    pub(super) async fn run(&self, stop: &Stop) -> Result<Phase, DemoError> {
        let journal = Journal::default();
        let mut old = self.start(Act::WithoutDrain.queue_name(), &journal);
        for (act, next) in
            [(Act::WithoutDrain, Act::WithDrain.queue_name()), (Act::WithDrain, LAST)]
        {
            if stop.has_begun() {
                break;
            }
            self.progress.begin(old.running(act, None, self.telemetry));
            tokio::select! {
                filled = self.fill(&old, &journal) => filled?,
                () = stop.begun() => break,
            }
            let stats;
            (old, stats) = self.replace(act, old, next, &journal).await?;
            self.progress.deployed(act, stats);
        }
        Ok(old)
    }

    fn start(&self, name: &'static str, journal: &Journal) -> Phase {
        Phase::start(
            self.connection,
            self.url,
            (name, Act::WithDrain.wait()),
            journal.handler(),
            self.telemetry,
        )
    }

    /// Sends orders, and waits until handlers run.
    async fn fill(&self, old: &Phase, journal: &Journal) -> Result<(), DemoError> {
        let bodies: Vec<String> = (1..=ORDERS).map(|number| number.to_string()).collect();
        let sender = self.connection.sender(self.url);
        for batch in bodies.chunks(BATCH) {
            let refused = sender.send_batch(batch).await?;
            old.sent(batch.len() - refused.len());
        }
        drop(timeout(LIMIT, journal.until_running(IN_HANDLERS)).await);
        Ok(())
    }

    /// Stops the old worker, then starts the new one, because the page says for all of them whether a
    /// worker stops. Waits until the queue is empty.
    async fn replace(
        &self,
        act: Act,
        mut old: Phase,
        next: &'static str,
        journal: &Journal,
    ) -> Result<(Phase, DeployStats), DemoError> {
        let (in_handlers, repeated, began) =
            (journal.running(), journal.repeated(), Instant::now());
        let report = match act {
            Act::WithDrain => old.stop().await?,
            _ => old.stop_at_once().await?,
        };
        let stopped_after = began.elapsed();
        let new = self.start(next, journal);
        let is_empty = self
            .queue
            .until(QUEUE, |counts| counts.visible + counts.in_flight + counts.delayed == 0);
        drop(timeout(LIMIT, is_empty).await);
        let stats = DeployStats {
            in_handlers,
            completed: report.ledger.completed,
            aborted: report.ledger.aborted,
            repeated: journal.repeated() - repeated,
            stopped_after,
        };
        Ok((new, stats))
    }
}
