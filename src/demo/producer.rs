//! Sends the traffic to the queue, in batches, as the orders come.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::traffic::Traffic;
use longshore::queue::{BATCH, QueueError, Sender};
use longshore::worker::Stop;

/// Sends what comes `within` this time (`None`: without end), or until `stop` begins; a request, once
/// sent, is awaited. `sent` counts what the queue has accepted.
pub(super) async fn produce(
    sender: &Sender,
    within: Option<Duration>,
    sent: &AtomicU64,
    stop: &Stop,
) -> Result<(), QueueError> {
    let began = Instant::now();
    let mut number: u64 = 0;
    for burst in Traffic::new() {
        if within.is_some_and(|within| burst.at >= within) {
            break;
        }
        tokio::select! {
            () = sleep_until(began + burst.at) => {}
            () = stop.begun() => break,
        }
        let bodies: Vec<String> =
            (1..).take(burst.orders).map(|n| (number + n).to_string()).collect();
        number += bodies.len() as u64;
        for batch in bodies.chunks(BATCH) {
            let refused = sender.send_batch(batch).await?;
            sent.fetch_add((batch.len() - refused.len()) as u64, Relaxed);
        }
    }
    Ok(())
}
