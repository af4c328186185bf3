//! Room to handle messages in: reserved before a receive, held until a message is on its way to being
//! settled. A permit each, so that no ending can forget to give one back.
//!
//! Slow handlers give slots back one by one, and a receive for one message costs as much as one for
//! ten. So a receive may look ahead: where ten slots are to come free within `max_hold`, it asks for
//! ten, and messages without a slot are held until one is free. That is money against latency: a held
//! message waits here, for about `max_hold` at most, rather than in the queue, where another
//! worker might have had a slot for it. It is given back when the worker stops.

mod share;
mod turnover;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

pub(super) use share::Share;
use turnover::Turnover;

use crate::queue::BATCH;
use crate::telemetry::{Awaited, QueueMetrics};

/// One queue's room: its own limit, and its part of what all queues share.
#[derive(Debug)]
pub(super) struct Slots {
    limit: usize,
    own: Arc<Semaphore>,
    shared: Option<Share>,
    ahead: Option<LookAhead>,
    metrics: Arc<QueueMetrics>,
}

/// Places for messages that have no slot yet. All are taken at once, by one poll, and come back one by
/// one; until the last is back nobody reserves slots, so those that are held go first.
#[derive(Debug)]
struct LookAhead {
    places: Arc<Semaphore>,
    max_hold: Duration,
    turnover: Turnover,
}

/// Room for one message to be handled in.
#[derive(Debug)]
pub(super) struct Slot {
    own: Option<OwnedSemaphorePermit>,
    _shared: Option<OwnedSemaphorePermit>,
    /// Since when a message has it.
    since: Option<Instant>,
    slots: Arc<Slots>,
}

/// Where a message goes that a receive brought.
#[derive(Debug)]
pub(super) enum Place {
    /// To its handler.
    Slot(Slot),
    /// It is held until a slot is free.
    Ahead(Ahead),
}

/// A place for one message that is held.
#[derive(Debug)]
pub(super) struct Ahead {
    _place: OwnedSemaphorePermit,
}

/// What a receive has room for.
#[derive(Debug)]
pub(super) struct Room {
    slots: Vec<Slot>,
    ahead: Option<OwnedSemaphorePermit>,
}

impl Slots {
    /// Looks ahead by up to `max_hold`, unless that is zero or the room is shared: what would be held
    /// there depends on other queues' handlers.
    pub(super) fn new(
        limit: usize,
        shared: Option<Share>,
        max_hold: Duration,
        metrics: Arc<QueueMetrics>,
    ) -> Arc<Self> {
        metrics.slots_freed(limit);
        let look_ahead = shared.is_none() && !max_hold.is_zero();
        let ahead = look_ahead.then(|| LookAhead {
            places: Arc::new(Semaphore::new(BATCH)),
            max_hold,
            turnover: Turnover::default(),
        });
        Arc::new(Self { limit, own: Arc::new(Semaphore::new(limit)), shared, ahead, metrics })
    }

    /// Slots that this queue's own limit leaves.
    pub(super) fn free(&self) -> usize {
        self.own.available_permits()
    }

    /// Waits for room for at least one message and takes it for up to ten; where room is shared, for up
    /// to `appetite`. Once there is some, waits up to `patience` for a full batch's.
    /// Cancel-safe: what was taken so far is given back.
    pub(super) async fn reserve(self: &Arc<Self>, appetite: usize, patience: Duration) -> Room {
        match &self.shared {
            None => self.reserve_own(patience).await,
            Some(share) => {
                let mut own = take(&self.own, 1).await;
                take_more(&self.own, &mut own, appetite);
                let shared = share.take(own.num_permits()).await;
                let pairs = split(own).zip(split(shared));
                let slots = pairs.map(|(own, room)| self.slot(own, Some(room))).collect();
                Room { slots, ahead: None }
            }
        }
    }

    /// Takes a full batch's slots, if they are free.
    pub(super) fn try_reserve_batch(self: &Arc<Self>) -> Option<Room> {
        let batch = u32::try_from(BATCH).expect("a batch is small");
        let own = self.own.clone().try_acquire_many_owned(batch).ok()?;
        let slots = match &self.shared {
            None => split(own).map(|own| self.slot(own, None)).collect(),
            Some(share) => {
                let shared = share.room.clone().try_acquire_many_owned(batch).ok()?;
                let pairs = split(own).zip(split(shared));
                pairs.map(|(own, room)| self.slot(own, Some(room))).collect()
            }
        };
        Some(Room { slots, ahead: None })
    }

    /// Waits for a slot for a message that is held. Cancel-safe.
    pub(super) async fn next_free(self: &Arc<Self>) -> Slot {
        let mut slot = self.slot(take(&self.own, 1).await, None);
        slot.since = Some(Instant::now());
        slot
    }

    async fn reserve_own(self: &Arc<Self>, patience: Duration) -> Room {
        let mut places = match &self.ahead {
            Some(ahead) => Some(take(&ahead.places, BATCH).await),
            None => None,
        };
        let mut own = take(&self.own, 0).await;
        let mut began = None;
        loop {
            take_more(&self.own, &mut own, BATCH);
            let (have, missing) = (own.num_permits(), BATCH - own.num_permits());
            if self.looks_ahead_by(missing) {
                break;
            }
            if missing == 0 || have == self.limit || (have > 0 && patience.is_zero()) {
                places = None;
                break;
            }
            if have > 0 {
                began.get_or_insert_with(Instant::now);
            }
            tokio::select! {
                // In turn, so that what falls on one instant goes the same way each time.
                biased;
                one = take(&self.own, 1) => own.merge(one),
                () = over(began, patience) => {
                    places = None;
                    break;
                }
            }
        }
        if let Some(began) = began {
            self.metrics.gathered(Awaited::Slots, began.elapsed());
        }
        let ahead = places.and_then(|mut places| places.split(BATCH - own.num_permits()));
        let slots = split(own).map(|own| self.slot(own, None)).collect();
        Room { slots, ahead }
    }

    /// Whether so many slots are about to come free.
    fn looks_ahead_by(&self, slots: usize) -> bool {
        self.ahead.as_ref().is_some_and(|ahead| {
            slots <= ahead.turnover.expected_within(ahead.max_hold, self.limit, Instant::now())
        })
    }

    fn slot(
        self: &Arc<Self>,
        own: OwnedSemaphorePermit,
        shared: Option<OwnedSemaphorePermit>,
    ) -> Slot {
        self.metrics.slot_taken();
        Slot { own: Some(own), _shared: shared, since: None, slots: self.clone() }
    }
}

impl Room {
    /// Messages that there is room for.
    pub(super) fn len(&self) -> usize {
        self.slots.len() + self.ahead.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    /// Gives back all but one place.
    pub(super) fn shrink_to_one(&mut self) {
        self.slots.truncate(1);
        let wanted = 1 - self.slots.len();
        self.ahead = self.ahead.take().and_then(|mut places| places.split(wanted));
    }

    /// The next message's place: slots first.
    pub(super) fn next(&mut self) -> Option<Place> {
        if let Some(mut slot) = self.slots.pop() {
            slot.since = Some(Instant::now());
            return Some(Place::Slot(slot));
        }
        let place = self.ahead.as_mut()?.split(1)?;
        Some(Place::Ahead(Ahead { _place: place }))
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let (Some(ahead), Some(since)) = (&self.slots.ahead, self.since) {
            ahead.turnover.freed(since, Instant::now());
        }
        drop(self.own.take());
        self.slots.metrics.slots_freed(1);
    }
}

/// Waits until so long after the beginning; forever where nothing has begun.
async fn over(began: Option<Instant>, patience: Duration) {
    match began {
        Some(began) => sleep_until(began + patience).await,
        None => std::future::pending().await,
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
