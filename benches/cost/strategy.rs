//! The five ways to consume a queue that are compared.

use std::time::Duration;

use futures_util::future::join_all;
use longshore::config::QueueConfigBuilder;
use longshore::telemetry::Snapshot;
use longshore::testing::FakeQueue;
use longshore::{QueueConfig, Stop};

use super::handler::Handler;
use super::plain::{Deletes, Plain};
use super::scenario::Scenario;
use super::worker;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Longshore with its defaults.
    Longshore,
    /// Longshore that receives again at once after each receive.
    GatherOff,
    /// A loop around one long poll; deletes one by one.
    LongPoll,
    /// The same with one delete for each receive.
    BatchDelete,
    /// A loop around short polls, the default of SQS.
    ShortPoll,
}

impl Strategy {
    pub const ALL: [Self; 5] =
        [Self::Longshore, Self::GatherOff, Self::LongPoll, Self::BatchDelete, Self::ShortPoll];

    pub fn name(self) -> &'static str {
        match self {
            Self::Longshore => "Longshore",
            Self::GatherOff => "Longshore, gather off",
            Self::LongPoll => "plain long poll",
            Self::BatchDelete => "plain, batch deletes",
            Self::ShortPoll => "short polling",
        }
    }

    /// The name for narrow columns.
    pub fn short_name(self) -> &'static str {
        match self {
            Self::Longshore => "Longshore",
            Self::GatherOff => "gather off",
            Self::LongPoll => "long poll",
            Self::BatchDelete => "batch del.",
            Self::ShortPoll => "short poll",
        }
    }

    /// Runs the replicas of the scenario until a stop begins. Returns the sum of Longshore's own
    /// counts over all replicas; `None` for other strategies.
    pub async fn run(
        self,
        scenario: &Scenario,
        queue: &FakeQueue,
        handler: &Handler,
        stop: &Stop,
    ) -> Option<Snapshot> {
        let each = || (queue.clone(), handler.clone(), stop.clone());
        if let Some(config) = self.config(scenario) {
            let replicas = (0..scenario.replicas).map(|_| {
                let (queue, handler, stop) = each();
                tokio::spawn(worker::run(config.clone(), queue, handler, stop))
            });
            let totals = join_all(replicas).await.into_iter().map(|own| own.expect("no panic"));
            return totals.reduce(Snapshot::plus);
        }
        let plain = self.plain(scenario.visibility);
        let loops = (0..scenario.replicas * Plain::loops(scenario.concurrency)).map(|_| {
            let (queue, handler, stop) = each();
            tokio::spawn(plain.run(queue, handler, stop))
        });
        join_all(loops).await.into_iter().for_each(|end| end.expect("no panic"));
        None
    }

    /// The configuration of Longshore; `None` for other strategies.
    fn config(self, scenario: &Scenario) -> Option<QueueConfigBuilder> {
        let Scenario { concurrency, visibility, gather, batch, .. } = *scenario;
        let name = if scenario.groups > 0 { "bench.fifo" } else { "bench" };
        let config = QueueConfig::builder(name).concurrency(concurrency).visibility(visibility);
        let config = config.gather(gather).batch(batch);
        match self {
            Self::Longshore => Some(config),
            Self::GatherOff => Some(config.gather(Duration::ZERO)),
            Self::LongPoll | Self::BatchDelete | Self::ShortPoll => None,
        }
    }

    fn plain(self, visibility: Duration) -> Plain {
        let wait = match self {
            Self::ShortPoll => Duration::ZERO,
            _ => worker::defaults().wait,
        };
        let deletes = match self {
            Self::BatchDelete => Deletes::Batch,
            _ => Deletes::OneByOne,
        };
        Plain { wait, deletes, visibility }
    }
}
