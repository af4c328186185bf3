//! The senders of the periodic tasks that this process sends.

use futures_util::future::join_all;

use crate::settings::{Config, CronConfig, CronSender, QueueSettings};
use longshore::config::{QueueAddress, QueueConfig};
use longshore::outcome::TaskSender;
use longshore::queue::{Connection, Timeouts};
use longshore::telemetry::Metrics;
use longshore::worker::{CountedSender, Stop};
use longshore_cron::{OnlyLeader, PeriodicSender, SystemClock, TableClaims};

/// Sends the periodic tasks of all queues until the stop begins. A job until its queues are empty sends
/// none, because it would not be there for the next run.
pub(super) async fn send(
    config: &Config,
    (connection, metrics): (&Connection, &Metrics),
    until_empty: bool,
    stop: &Stop,
) {
    let mut senders = Vec::new();
    for QueueSettings { config: queue, cron, .. } in &config.queues {
        let Some(cron) = cron else { continue };
        if until_empty {
            let why = "a run until its queues are empty sends no periodic tasks";
            tracing::info!(queue = queue.name(), why, "periodic tasks are not sent");
            continue;
        }
        let sender = sender(queue, cron, connection, metrics);
        senders.extend(sender.map(|sender| sender.run(stop.clone(), config.shutdown.settle)));
    }
    join_all(senders).await;
}

/// The sender of one queue, unless another process sends its tasks.
fn sender(
    queue: &QueueConfig,
    cron: &CronConfig,
    connection: &Connection,
    metrics: &Metrics,
) -> Option<PeriodicSender> {
    let address = queue.address();
    let of_queue = metrics.queue(queue.name()).expect("the worker has registered its queues");
    let to_queue = connection.queue(address.clone(), Timeouts::for_wait(queue.wait()));
    let to_queue = CountedSender::new(to_queue, of_queue.clone());
    let (metrics, file) = ((metrics, &of_queue), cron.file.clone());
    let sent_by = |sender| metrics.0.periodic_tasks_sent_by(metrics.1, sender);
    Some(match &cron.sender {
        CronSender::Table(table) => {
            sent_by(TaskSender::Table);
            let table = connection.table(table, address);
            let claims = TableClaims::new(table, key(connection, address));
            PeriodicSender::new(metrics, file, to_queue, claims, SystemClock, cron.grace)
        }
        CronSender::Leader => {
            sent_by(TaskSender::Leader);
            let claims = OnlyLeader::default();
            PeriodicSender::new(metrics, file, to_queue, claims, SystemClock, cron.grace)
        }
        CronSender::Other => {
            sent_by(TaskSender::Other);
            let why = "cron_leader = false: another process sends them";
            tracing::info!(queue = queue.name(), why, "periodic tasks are not sent");
            return None;
        }
    })
}

/// The part of a key that names a queue: its region, its account if the address has it, and its name.
fn key(connection: &Connection, address: &QueueAddress) -> String {
    let region = connection.region_of(address).unwrap_or_default();
    format!("{region}/{}/{}", address.account().unwrap_or_default(), address.queue_name())
}
