//! Keeps messages invisible while their handlers run: one keeper a queue, in batches of ten, and only
//! for messages that outlive a third of their visibility timeout. Most never need a beat.

use futures_util::future::join_all;
use tokio::time::{Instant, sleep_until};

use super::faults::Faults;
use super::intake::Intake;
use super::leases::{Beat, Beaten, Leases};
use crate::queue::{BATCH, Queue, QueueError, Refused, Visibility};
use crate::telemetry::Heartbeat;

/// Beats until it is dropped. Cancel-safe between beats; a beat cut off may or may not have extended.
pub(super) async fn keep(intake: &Intake) {
    let Intake { queue, leases, visibility, processor, .. } = intake;
    // Beats that are due soon travel with those that are due now.
    let slack = *visibility / 30;
    loop {
        match leases.next_due() {
            None => leases.earlier.notified().await,
            Some(due) => tokio::select! {
                // In turn, so that what falls on one instant goes the same way each time.
                biased;
                () = sleep_until(due) => {}
                () = leases.earlier.notified() => continue,
            },
        }
        let now = Instant::now();
        let beats = leases.take_due(now, now + slack);
        join_all(beats.chunks(BATCH).map(|batch| beat(&**queue, leases, &processor.faults, batch)))
            .await;
    }
}

async fn beat(queue: &dyn Queue, leases: &Leases, faults: &Faults, batch: &[Beat]) {
    let changes: Vec<_> = batch
        .iter()
        .map(|beat| Visibility { receipt: beat.receipt.clone(), timeout: beat.timeout })
        .collect();
    let sent = Instant::now();
    let answer = queue.change_visibility(&changes).await;
    if let Err(error) = &answer {
        faults.beating(batch.len(), error);
    }
    for (index, beat) in batch.iter().enumerate() {
        let result = result(&answer, index, beat, sent);
        let label = match result {
            Beaten::Extended { .. } => Heartbeat::Extended,
            Beaten::Failed => Heartbeat::Failed,
            Beaten::Lost => Heartbeat::Lost,
        };
        leases.metrics.heartbeats(label, 1);
        leases.beaten(beat.lease, result);
    }
}

fn result(
    answer: &Result<Vec<Refused>, QueueError>,
    index: usize,
    beat: &Beat,
    sent: Instant,
) -> Beaten {
    let Ok(refused) = answer else { return Beaten::Failed };
    match refused.iter().find(|refused| refused.index == index) {
        None => Beaten::Extended { sent, timeout: beat.timeout },
        Some(refused) if refused.sender_fault => Beaten::Lost,
        Some(_) => Beaten::Failed,
    }
}
