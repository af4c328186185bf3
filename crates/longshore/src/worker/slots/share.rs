//! The room that all queues of a worker share.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

use super::{take, take_more};

/// How long a queue that has one slot of its turn waits for the others. Slow handlers may hold them for
/// hours, and what is free must not wait for those.
const PATIENCE: Duration = Duration::from_millis(50);

/// A queue's part of the room that all queues share.
///
/// Free room is anybody's. Where there is none, the semaphore serves those who wait in turn, so no queue
/// starves; a queue of greater weight takes more at its turn. A poll reserves no more than its queue
/// lately had use for, or the long polls of quiet queues would keep a busy one from working.
#[derive(Debug, Clone)]
pub(in crate::worker) struct Share {
    pub(in crate::worker) room: Arc<Semaphore>,
    /// Slots taken at one turn, 1 to a batch, and no more than other queues' open polls leave.
    pub(in crate::worker) at_a_turn: usize,
}

impl Share {
    /// Waits for at least one slot and takes up to `wanted`.
    pub(super) async fn take(&self, wanted: usize) -> OwnedSemaphorePermit {
        let mut taken = match self.room.clone().try_acquire_owned() {
            Ok(free) => free,
            Err(_) => self.turn(wanted.min(self.at_a_turn)).await,
        };
        take_more(&self.room, &mut taken, wanted);
        taken
    }

    /// A place in the line for each slot; waits for the first, and not long for the others.
    async fn turn(&self, slots: usize) -> OwnedSemaphorePermit {
        let mut places: FuturesUnordered<_> = (0..slots).map(|_| take(&self.room, 1)).collect();
        let mut taken = places.next().await.expect("a turn is at least one slot");
        let mut patience = pin!(sleep(PATIENCE));
        while taken.num_permits() < slots {
            tokio::select! {
                Some(more) = places.next() => taken.merge(more),
                () = &mut patience => break,
            }
        }
        taken
    }
}
