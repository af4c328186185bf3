//! The slots that a receive has reserved for its messages.

use tokio::time::Instant;

use super::slot::Slot;
use crate::queue::BATCH;
use crate::sync::OwnedSemaphorePermit;

/// The places of a receive: slots, and prefetch places for messages that will wait for a slot.
#[derive(Debug)]
pub(in crate::worker) struct Reservation {
    slots: Vec<Slot>,
    /// For messages that get their part of the shared limit when they arrive.
    unshared: Vec<Slot>,
    prefetch: Option<OwnedSemaphorePermit>,
}

/// The place of one message.
#[derive(Debug)]
pub(in crate::worker) enum Place {
    /// Its handler can start.
    Slot(Slot),
    /// It is buffered until a slot is free.
    Prefetch(Prefetched),
}

/// The place of one buffered message.
#[derive(Debug)]
pub(in crate::worker) enum Prefetched {
    /// It waits for any slot.
    Place { _place: OwnedSemaphorePermit },
    /// It has a slot of its queue, and waits for a part of the shared limit.
    Unshared(Slot),
}

impl Reservation {
    pub(super) fn new(slots: Vec<Slot>, prefetch: Option<OwnedSemaphorePermit>) -> Self {
        Self { slots, unshared: Vec::new(), prefetch }
    }

    /// No places: each message waits for a free slot.
    pub(in crate::worker) fn none() -> Self {
        Self::new(Vec::new(), None)
    }

    /// Slots that do not count under the shared limit yet.
    pub(super) fn unshared(unshared: Vec<Slot>) -> Self {
        Self { slots: Vec::new(), unshared, prefetch: None }
    }

    /// Gives the parts of the shared limit back, because the receive is still open and other queues
    /// may need them.
    pub(in crate::worker) fn unshare(&mut self) {
        self.slots.iter_mut().for_each(Slot::unshare);
        self.unshared.append(&mut self.slots);
    }

    /// Whether no slot counts under the shared limit.
    pub(in crate::worker) fn is_unshared(&self) -> bool {
        !self.slots.iter().any(Slot::is_shared)
    }

    /// The number of messages that have a place.
    pub(in crate::worker) fn len(&self) -> usize {
        let slots = self.slots.len() + self.unshared.len();
        slots + self.prefetch.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    /// Frees all places but this number, at least 1.
    pub(in crate::worker) fn shrink_to(&mut self, places: usize) {
        self.slots.truncate(places);
        self.unshared.truncate(places.saturating_sub(self.slots.len()));
        let slots = self.slots.len() + self.unshared.len();
        let wanted = places.saturating_sub(slots).min(BATCH);
        self.prefetch = self.prefetch.take().and_then(|mut places| places.split(wanted));
    }

    /// The place of the next message: slots first.
    pub(in crate::worker) fn next(&mut self) -> Option<Place> {
        if let Some(mut slot) = self.slots.pop() {
            slot.start(Instant::now());
            return Some(Place::Slot(slot));
        }
        if let Some(slot) = self.unshared.pop() {
            return Some(Place::Prefetch(Prefetched::Unshared(slot)));
        }
        let place = self.prefetch.as_mut()?.split(1)?;
        Some(Place::Prefetch(Prefetched::Place { _place: place }))
    }
}
