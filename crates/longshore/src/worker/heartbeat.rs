//! Heartbeats: one task per queue extends the visibility timeouts of messages in batches of ten.
//! Only a message that is in flight for more than half of its timeout needs one.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until, timeout};

use super::fault_log::FaultLog;
use super::heartbeat_schedule::{Extended, Extension};
use super::lease_table::LeaseTable;
use super::metered::MeteredQueue;
use super::polling::Polling;
use crate::queue::{BATCH, FailureKind, QueueError, Refused, Visibility};
use crate::telemetry::Heartbeat;

/// Sends heartbeats until it is dropped. A heartbeat that is dropped while it is sent may have
/// reached SQS.
///
/// A request without an answer delays no other one: the lease of another message could end
/// meanwhile, and its handler would continue.
pub(super) async fn run(polling: &Polling) {
    let Polling { queue, leases, visibility, processor, .. } = polling;
    // Extensions that are due soon share a request with those that are due now.
    let slack = *visibility / 30;
    let mut sending = FuturesUnordered::new();
    loop {
        tokio::select! {
            // Biased, so that events at the same instant have a fixed order.
            biased;
            () = due(leases) => {
                let now = Instant::now();
                for batch in leases.take_due(now, now + slack).chunks(BATCH) {
                    sending.push(extend(queue, leases, &processor.faults, batch.to_vec()));
                }
            }
            Some(()) = sending.next() => {}
        }
    }
}

/// Waits until the next extension is due. Cancel-safe.
pub(super) async fn due(leases: &LeaseTable) {
    loop {
        match leases.next_due() {
            None => leases.due_earlier.notified().await,
            Some(due) => tokio::select! {
                biased;
                () = sleep_until(due) => return,
                () = leases.due_earlier.notified() => {}
            },
        }
    }
}

async fn extend(
    queue: &MeteredQueue,
    leases: &LeaseTable,
    faults: &FaultLog,
    batch: Vec<Extension>,
) {
    let changes: Vec<_> = batch
        .iter()
        .map(|extension| Visibility::new(extension.receipt.clone(), extension.timeout))
        .collect();
    let sent = Instant::now();
    let answer = match timeout(patience(&batch, sent), queue.change_visibility(&changes)).await {
        Ok(answer) => answer,
        Err(_elapsed) => Err(QueueError::new("ChangeMessageVisibilityBatch", FailureKind::Timeout)),
    };
    if let Err(error) = &answer {
        faults.heartbeat(batch.len(), error);
    }
    for (index, extension) in batch.iter().enumerate() {
        let result = result(&answer, index, extension, sent);
        let label = match result {
            Extended::Until { .. } => Heartbeat::Extended,
            Extended::Failed => Heartbeat::Failed,
            Extended::Lost => Heartbeat::Lost,
        };
        leases.metrics.heartbeats(label, 1);
        leases.extended(extension.lease, result);
    }
}

/// How long a request may take: a quarter of the time that is left, so that one without an answer
/// leaves time for others.
fn patience(batch: &[Extension], now: Instant) -> Duration {
    let left = |extension: &Extension| extension.expires.saturating_duration_since(now);
    batch.iter().map(left).min().unwrap_or_default() / 4
}

fn result(
    answer: &Result<Vec<Refused>, QueueError>,
    index: usize,
    extension: &Extension,
    sent: Instant,
) -> Extended {
    let Ok(refused) = answer else { return Extended::Failed };
    match refused.iter().find(|refused| refused.index == index) {
        None => Extended::Until { sent, timeout: extension.timeout },
        Some(refused) if refused.sender_fault => Extended::Lost,
        Some(_) => Extended::Failed,
    }
}
