//! The slots of one queue.
//!
//! Slow handlers free slots one by one, and a receive for one message costs as much as one for ten.
//! So a receive can prefetch: if ten slots are expected to be free within `max_hold`, it asks for
//! ten messages, and messages without a slot are buffered. The price is latency: another worker
//! might have had a slot for a buffered message. A shutdown releases buffered messages.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::permits::{take, take_more, try_take};
use super::reservation::{Prefetched, Reservation};
use super::share::Share;
use super::slot::{Slot, SlotUsage};
use super::turnover::Turnover;
use crate::queue::BATCH;
use crate::sync::{OwnedSemaphorePermit, Semaphore};
use crate::telemetry::{Awaited, QueueMetrics};

/// One queue's slots: its own limit, and its share of the limit of all queues.
#[derive(Debug)]
pub(in crate::worker) struct SlotPool {
    limit: usize,
    own: Arc<Semaphore>,
    shared: Option<Share>,
    prefetch: Option<Prefetch>,
    usage: Arc<SlotUsage>,
}

/// Places for messages without a slot. One receive takes all of them, and they become free one by
/// one. No receive reserves slots before the last is free, so buffered messages get slots first.
#[derive(Debug)]
struct Prefetch {
    places: Arc<Semaphore>,
    max_hold: Duration,
}

impl SlotPool {
    /// Prefetches for up to `max_hold`. Not under a shared limit, because the handlers of other
    /// queues then decide when slots become free.
    pub(in crate::worker) fn new(
        limit: usize,
        shared: Option<Share>,
        max_hold: Duration,
        metrics: Arc<QueueMetrics>,
    ) -> Arc<Self> {
        metrics.slots_freed(limit);
        let prefetches = shared.is_none() && !max_hold.is_zero();
        let prefetch =
            prefetches.then(|| Prefetch { places: Arc::new(Semaphore::new(BATCH)), max_hold });
        let usage = Arc::new(SlotUsage { turnover: Turnover::default(), metrics });
        Arc::new(Self { limit, own: Arc::new(Semaphore::new(limit)), shared, prefetch, usage })
    }

    /// Slots that are free under the queue's own limit.
    pub(in crate::worker) fn free(&self) -> usize {
        self.own.available_permits()
    }

    /// Waits for at least one slot and takes up to ten, or up to `wanted` under a shared limit.
    /// When it has one, it waits up to `max_wait` for a full batch. Cancel-safe: what was taken is
    /// freed.
    ///
    /// The long poll of a quiet queue takes no part of the shared limit: it begins when one is free,
    /// and its messages take one each when they arrive. Otherwise the long polls of 20 quiet queues would
    /// take all of 5 shared slots.
    pub(in crate::worker) async fn reserve(
        self: &Arc<Self>,
        wanted: usize,
        max_wait: Duration,
        is_quiet: bool,
    ) -> Reservation {
        match &self.shared {
            None => self.reserve_own(max_wait).await,
            Some(share) if is_quiet => {
                let own = self.take_own(wanted).await;
                drop(share.take(1).await);
                Reservation::unshared(self.unpaired(own))
            }
            Some(share) => {
                let own = self.take_own(wanted).await;
                let shared = share.take(own.len()).await;
                Reservation::new(self.paired(own, shared), None)
            }
        }
    }

    /// Takes the slots of a full batch, if they are free.
    pub(in crate::worker) fn try_reserve_batch(self: &Arc<Self>) -> Option<Reservation> {
        let own = try_take(&self.own, BATCH)?;
        let slots = match &self.shared {
            None => self.unpaired(own),
            Some(share) => self.paired(own, try_take(&share.limit, BATCH)?),
        };
        Some(Reservation::new(slots, None))
    }

    /// Waits for a slot for a message that is in flight. Cancel-safe.
    pub(in crate::worker) async fn next_free(self: &Arc<Self>) -> Slot {
        let own = take(&self.own, 1).await;
        self.started(self.slot(own, None)).await
    }

    /// Waits for a slot for a buffered message. Cancel-safe.
    pub(in crate::worker) async fn slot_for(self: &Arc<Self>, buffered: Prefetched) -> Slot {
        match buffered {
            Prefetched::Unshared(slot) => self.started(slot).await,
            // The place is kept until there is a slot.
            Prefetched::Place { _place } => self.next_free().await,
        }
    }

    /// Waits for the slot's part of the shared limit.
    async fn started(&self, mut slot: Slot) -> Slot {
        if let Some(share) = &self.shared {
            slot.share(take(&share.limit, 1).await);
        }
        slot.start(Instant::now());
        slot
    }

    async fn reserve_own(self: &Arc<Self>, max_wait: Duration) -> Reservation {
        let mut places = match &self.prefetch {
            Some(prefetch) => Some(take(&prefetch.places, BATCH).await),
            None => None,
        };
        let mut own = Vec::new();
        let mut began = None;
        loop {
            take_more(&self.own, &mut own, BATCH);
            let (have, missing) = (own.len(), BATCH - own.len());
            if self.expects_free(missing) {
                break;
            }
            if missing == 0 || have == self.limit || (have > 0 && max_wait.is_zero()) {
                places = None;
                break;
            }
            if have > 0 {
                began.get_or_insert_with(Instant::now);
            }
            tokio::select! {
                // Biased, so that events at the same instant have a fixed order.
                biased;
                one = take(&self.own, 1) => own.push(one),
                () = elapsed(began, max_wait) => {
                    places = None;
                    break;
                }
            }
        }
        if let Some(began) = began {
            self.usage.metrics.gathered(Awaited::Slots, began.elapsed());
        }
        let prefetch = places.and_then(|mut places| places.split(BATCH - own.len()));
        Reservation::new(self.unpaired(own), prefetch)
    }

    /// Whether this number of slots is expected to be free within `max_hold`.
    fn expects_free(&self, slots: usize) -> bool {
        self.prefetch.as_ref().is_some_and(|prefetch| {
            let turnover = &self.usage.turnover;
            slots <= turnover.expected_within(prefetch.max_hold, self.limit, Instant::now())
        })
    }

    /// Waits for one slot and takes up to `wanted` that are free. Cancel-safe.
    async fn take_own(&self, wanted: usize) -> Vec<OwnedSemaphorePermit> {
        let mut own = vec![take(&self.own, 1).await];
        take_more(&self.own, &mut own, wanted);
        own
    }

    fn unpaired(self: &Arc<Self>, own: Vec<OwnedSemaphorePermit>) -> Vec<Slot> {
        own.into_iter().map(|own| self.slot(own, None)).collect()
    }

    fn paired(
        self: &Arc<Self>,
        own: Vec<OwnedSemaphorePermit>,
        shared: Vec<OwnedSemaphorePermit>,
    ) -> Vec<Slot> {
        own.into_iter().zip(shared).map(|(own, shared)| self.slot(own, Some(shared))).collect()
    }

    fn slot(
        self: &Arc<Self>,
        own: OwnedSemaphorePermit,
        shared: Option<OwnedSemaphorePermit>,
    ) -> Slot {
        Slot::new(own, shared, self.usage.clone())
    }
}

/// Waits until `max_wait` after `began`; forever if nothing has begun.
async fn elapsed(began: Option<Instant>, max_wait: Duration) {
    match began {
        Some(began) => sleep_until(began + max_wait).await,
        None => std::future::pending().await,
    }
}
