//! The slots that a receive has reserved for its messages.

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

use super::slot::Slot;
use crate::queue::BATCH;

/// The places of a receive: slots, and prefetch places for messages that will wait for a slot.
#[derive(Debug)]
pub(in crate::worker) struct Reservation {
    slots: Vec<Slot>,
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
pub(in crate::worker) struct Prefetched {
    _place: OwnedSemaphorePermit,
}

impl Reservation {
    pub(super) fn new(slots: Vec<Slot>, prefetch: Option<OwnedSemaphorePermit>) -> Self {
        Self { slots, prefetch }
    }

    /// The number of messages that have a place.
    pub(in crate::worker) fn len(&self) -> usize {
        self.slots.len() + self.prefetch.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    /// Frees all places but this number, at least 1.
    pub(in crate::worker) fn shrink_to(&mut self, places: usize) {
        self.slots.truncate(places);
        let wanted = places.saturating_sub(self.slots.len()).min(BATCH);
        self.prefetch = self.prefetch.take().and_then(|mut places| places.split(wanted));
    }

    /// The place of the next message: slots first.
    pub(in crate::worker) fn next(&mut self) -> Option<Place> {
        if let Some(mut slot) = self.slots.pop() {
            slot.start(Instant::now());
            return Some(Place::Slot(slot));
        }
        let place = self.prefetch.as_mut()?.split(1)?;
        Some(Place::Prefetch(Prefetched { _place: place }))
    }
}
