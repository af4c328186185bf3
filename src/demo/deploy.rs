//! Deploys: a new worker replaces the old one while handlers run.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::act::Act;
use super::consumer::{Consumer, Telemetry};
use super::error::DemoError;
use super::journal::Journal;
use super::orders;
use super::progress::Progress;
use super::results::DeployStats;
use longshore::queue::Connection;
use longshore::worker::Stop;
use longshore_local::Server;

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
    pub(super) queue: &'a Server,
    pub(super) url: &'a str,
    pub(super) connection: &'a Connection,
    pub(super) telemetry: &'a Telemetry,
    pub(super) progress: &'a Progress,
    pub(super) stop: &'a Stop,
}

impl Deploys<'_> {
    /// Replaces a worker that stops at once, then one that drains, or less if the stop begins earlier.
    /// Returns the last worker, which still runs.
    pub(super) async fn run(&self) -> Result<Consumer, DemoError> {
        let journal = Journal::default();
        let mut old = self.start(Act::WithoutDrain.queue_name(), &journal);
        for (act, next) in
            [(Act::WithoutDrain, Act::WithDrain.queue_name()), (Act::WithDrain, LAST)]
        {
            self.progress.begin(old.running((act, None), Arc::default(), self.telemetry));
            self.fill(&old, &journal).await?;
            if self.stop.has_begun() {
                return Ok(old);
            }
            let stats;
            (old, stats) = self.replace(act, old, next, &journal).await?;
            self.progress.deployed(act, stats);
        }
        // From now on, the live values are those of the last worker.
        self.progress.begin(old.running((Act::WithDrain, None), Arc::default(), self.telemetry));
        Ok(old)
    }

    fn start(&self, name: &'static str, journal: &Journal) -> Consumer {
        Consumer::start(
            self.connection,
            self.url,
            (name, Act::WithDrain.wait()),
            journal.handler(),
            self.telemetry,
        )
    }

    /// Sends orders, and waits until handlers run or the stop begins.
    async fn fill(&self, old: &Consumer, journal: &Journal) -> Result<(), DemoError> {
        let bodies: Vec<String> = (1..=ORDERS).map(|number| number.to_string()).collect();
        orders::send(&self.connection.sender(self.url), &bodies, &old.sent).await?;
        tokio::select! {
            () = journal.until_running(IN_HANDLERS) => {}
            () = self.stop.begun() => {}
            () = sleep(LIMIT) => {}
        }
        Ok(())
    }

    /// Stops the old worker, then starts the new one, because the page says for all of them whether a
    /// worker stops. Waits until the queue is empty or the stop begins.
    async fn replace(
        &self,
        act: Act,
        mut old: Consumer,
        next: &'static str,
        journal: &Journal,
    ) -> Result<(Consumer, DeployStats), DemoError> {
        let (in_handlers, repeated, began) =
            (journal.running(), journal.repeated(), Instant::now());
        let report = match act == Act::WithDrain {
            true => old.stop().await?,
            false => old.stop_at_once().await?,
        };
        let stopped_after = began.elapsed();
        let new = self.start(next, journal);
        let is_empty = self
            .queue
            .until(QUEUE, |counts| counts.visible + counts.in_flight + counts.delayed == 0);
        tokio::select! {
            _ = is_empty => {}
            () = self.stop.begun() => {}
            () = sleep(LIMIT) => {}
        }
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
