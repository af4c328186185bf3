//! A queue's share of the concurrency limit that all queues of a worker share.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::time::sleep;

use super::permits::{take, take_more};
use crate::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a queue with one slot of its turn waits for the others. Slow handlers can hold those
/// for hours, and a free slot must not wait that long.
const MAX_WAIT: Duration = Duration::from_millis(50);

/// A queue's share of the limit.
///
/// Any queue may take free slots. If none is free, the semaphore serves the queues in turn, so no
/// queue starves; a queue of more weight takes more slots at its turn. A receive reserves no more
/// slots than its queue used recently, because otherwise the long polls of idle queues would block
/// a busy queue.
#[derive(Debug, Clone)]
pub(in crate::worker) struct Share {
    pub(in crate::worker) limit: Arc<Semaphore>,
    /// Slots per turn: 1 to a batch, and not more than the open receives of other queues leave.
    pub(in crate::worker) per_turn: usize,
}

impl Share {
    /// Waits for at least one slot and takes up to `wanted`. Cancel-safe.
    pub(super) async fn take(&self, wanted: usize) -> Vec<OwnedSemaphorePermit> {
        let mut taken = match self.limit.clone().try_acquire_owned() {
            Ok(free) => vec![free],
            Err(_) => self.turn(wanted.min(self.per_turn)).await,
        };
        take_more(&self.limit, &mut taken, wanted);
        taken
    }

    /// Queues up for each slot. Waits for the first, and up to [`MAX_WAIT`] for the others.
    async fn turn(&self, slots: usize) -> Vec<OwnedSemaphorePermit> {
        let mut waiting: FuturesUnordered<_> = (0..slots).map(|_| take(&self.limit, 1)).collect();
        let mut taken = vec![waiting.next().await.expect("a turn is at least one slot")];
        let mut time_limit = pin!(sleep(MAX_WAIT));
        while taken.len() < slots {
            tokio::select! {
                biased;
                Some(more) = waiting.next() => taken.push(more),
                () = &mut time_limit => break,
            }
        }
        taken
    }
}
