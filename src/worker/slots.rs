//! Room to handle messages in: reserved before a receive, held until a message is on its way to being
//! settled. A permit each, so that no ending can forget to give one back.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::sleep;

use crate::queue::BATCH;
use crate::telemetry::QueueMetrics;

/// How long a queue that has one slot of its turn waits for the others. Slow handlers may hold them for
/// hours, and what is free must not wait for those.
const PATIENCE: Duration = Duration::from_millis(50);

/// One queue's room: its own limit, and its part of what all queues share.
#[derive(Debug)]
pub(super) struct Slots {
    own: Arc<Semaphore>,
    shared: Option<Share>,
    metrics: Arc<QueueMetrics>,
}

/// A queue's part of the room that all queues share.
///
/// Free room is anybody's. Where there is none, the semaphore serves those who wait in turn, so no queue
/// starves; a queue of greater weight takes more at its turn. A poll reserves no more than its queue lately had use for, or the long polls of
/// quiet queues would keep a busy one from working.
#[derive(Debug, Clone)]
pub(super) struct Share {
    pub(super) room: Arc<Semaphore>,
    /// Slots taken at one turn, 1 to [`BATCH`], and no more than other queues' open polls leave.
    pub(super) at_a_turn: usize,
}

/// Room for one message.
#[derive(Debug)]
pub(super) struct Slot {
    own: Option<OwnedSemaphorePermit>,
    _shared: Option<OwnedSemaphorePermit>,
    slots: Arc<Slots>,
}

impl Slots {
    pub(super) fn new(
        limit: usize,
        shared: Option<Share>,
        metrics: Arc<QueueMetrics>,
    ) -> Arc<Self> {
        metrics.slots_free(limit);
        Arc::new(Self { own: Arc::new(Semaphore::new(limit)), shared, metrics })
    }

    /// Slots that this queue's own limit leaves.
    pub(super) fn free(&self) -> usize {
        self.own.available_permits()
    }

    /// Waits for at least one slot and takes up to ten; where room is shared, up to `appetite`.
    /// Cancel-safe: what was taken so far is given back.
    pub(super) async fn reserve(self: &Arc<Self>, appetite: usize) -> Vec<Slot> {
        let mut own = take(&self.own, 1).await;
        let slots: Vec<Slot> = match &self.shared {
            None => {
                take_more(&self.own, &mut own, BATCH);
                split(own).map(|own| self.slot(own, None)).collect()
            }
            Some(share) => {
                take_more(&self.own, &mut own, appetite);
                let shared = share.take(own.num_permits()).await;
                split(own)
                    .zip(split(shared))
                    .map(|(own, room)| self.slot(own, Some(room)))
                    .collect()
            }
        };
        self.metrics.slots_free(self.free());
        slots
    }

    fn slot(
        self: &Arc<Self>,
        own: OwnedSemaphorePermit,
        shared: Option<OwnedSemaphorePermit>,
    ) -> Slot {
        Slot { own: Some(own), _shared: shared, slots: self.clone() }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        drop(self.own.take());
        self.slots.metrics.slots_free(self.slots.free());
    }
}

impl Share {
    /// Waits for at least one slot and takes up to `wanted`.
    async fn take(&self, wanted: usize) -> OwnedSemaphorePermit {
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

async fn take(room: &Arc<Semaphore>, slots: usize) -> OwnedSemaphorePermit {
    let slots = u32::try_from(slots).expect("a turn is at most a batch");
    room.clone().acquire_many_owned(slots).await.expect("nobody closes the semaphore")
}

fn take_more(room: &Arc<Semaphore>, taken: &mut OwnedSemaphorePermit, up_to: usize) {
    while taken.num_permits() < up_to
        && let Ok(more) = room.clone().try_acquire_owned()
    {
        taken.merge(more);
    }
}

fn split(mut permits: OwnedSemaphorePermit) -> impl Iterator<Item = OwnedSemaphorePermit> {
    std::iter::from_fn(move || permits.split(1))
}
