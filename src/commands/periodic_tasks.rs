//! The senders of the periodic tasks that this process sends.

use std::sync::Arc;

use futures_util::future::join_all;

use crate::settings::{Config, CronConfig, CronSender, QueueSettings};
use longshore::config::{QueueAddress, QueueConfig};
use longshore::outcome::TaskSender;
use longshore::queue::{Connection, Timeouts};
use longshore::telemetry::{Metrics, QueueMetrics};
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
        let of_queue = metrics.queue(queue.name()).expect("the worker has registered its queues");
        let (role, why_not) = role(&cron.sender, until_empty);
        metrics.periodic_task_sender(&of_queue, role, true);
        if let Some(why) = why_not {
            tracing::info!(queue = queue.name(), why, "periodic tasks are not sent");
            continue;
        }
        let sender = sender(queue, cron, connection, (metrics, &of_queue));
        senders.push(async move {
            sender.run(stop.clone(), config.shutdown.settle).await;
            metrics.periodic_task_sender(&of_queue, role, false);
        });
    }
    join_all(senders).await;
}

/// The sender of a queue's tasks, and why it is not this process.
fn role(sender: &CronSender, until_empty: bool) -> (TaskSender, Option<&'static str>) {
    match sender {
        _ if until_empty => {
            let why = "a run until its queues are empty sends no periodic tasks";
            (TaskSender::Other, Some(why))
        }
        CronSender::Table(_) => (TaskSender::Table, None),
        CronSender::Leader => (TaskSender::Leader, None),
        CronSender::Other => {
            (TaskSender::Other, Some("cron_leader = false: another process sends them"))
        }
    }
}

/// The sender of one queue. Without a table, this process is the only one.
fn sender(
    queue: &QueueConfig,
    cron: &CronConfig,
    connection: &Connection,
    metrics: (&Metrics, &Arc<QueueMetrics>),
) -> PeriodicSender {
    let address = queue.address();
    let to_queue = connection.queue(address.clone(), Timeouts::for_wait(queue.wait()));
    let to_queue = CountedSender::new(to_queue, metrics.1.clone());
    let file = cron.file.clone();
    if let CronSender::Table(table) = &cron.sender {
        let table = connection.table(table, address);
        let claims = TableClaims::new(table, key(connection, address));
        PeriodicSender::new(metrics, file, to_queue, claims, SystemClock, cron.grace)
    } else {
        let claims = OnlyLeader::default();
        PeriodicSender::new(metrics, file, to_queue, claims, SystemClock, cron.grace)
    }
}

/// The part of a key that names a queue: its region, its account if the address has it, and its name.
fn key(connection: &Connection, address: &QueueAddress) -> String {
    let region = connection.region_of(address).unwrap_or_default();
    format!("{region}/{}/{}", address.account().unwrap_or_default(), address.queue_name())
}
