//! Room to handle messages in: reserved before a receive, held until a message is on its way to being
//! settled. A permit each, so that no ending can forget to give one back.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::queue::BATCH;
use crate::telemetry::QueueMetrics;

/// One queue's room: its own limit, and its part of what all queues share.
#[derive(Debug)]
pub(super) struct Slots {
    own: Arc<Semaphore>,
    shared: Option<Share>,
    metrics: Arc<QueueMetrics>,
}

/// A queue's part of the room that all queues share.
///
/// The semaphore serves those who wait in turn, so no queue starves; a queue of greater weight takes
/// more at its turn. A poll reserves no more than its queue lately had use for, or the long polls of
/// quiet queues would keep a busy one from working.
#[derive(Debug, Clone)]
pub(super) struct Share {
    pub(super) room: Arc<Semaphore>,
    /// Slots taken at one turn, 1 to [`BATCH`], and never so many that other queues' polls could hold
    /// up the turn for ever.
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
                let turn = share.at_a_turn.min(own.num_permits());
                let mut shared = take(&share.room, turn).await;
                take_more(&share.room, &mut shared, own.num_permits());
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
