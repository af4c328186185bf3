//! An extra poll loop, for a queue that one receive after the other does not keep up with. It never
//! waits: it ends with its first receive that is not full, because SQS bills an empty receive like
//! a full one.

use super::receiver::{Received, Receiver};

/// One extra poll loop.
pub(super) struct ExtraPollLoop {
    receiver: Receiver,
}

impl ExtraPollLoop {
    pub(super) fn new(receiver: Receiver) -> Self {
        Self { receiver }
    }

    /// Polls until a receive is not full, no full batch of slots is free, polling is paused, or a
    /// stop begins.
    pub(super) async fn run(self) {
        let polling = &self.receiver.polling;
        while !polling.stop.has_begun() && polling.breaker.is_closed() {
            let Some(reservation) = polling.slots.try_reserve_batch() else { return };
            match self.receiver.receive(reservation, || ()).await {
                Received::Messages { asked, count, .. } if count >= asked => {}
                // The main poll loop will meet a failure too, and logs it.
                Received::Messages { .. } | Received::Failed(_) | Received::Abandoned => return,
            }
        }
    }
}
