//! The places for connections: how many can be open, and which one closes for a new one.

use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

/// The places of a server. Cheap to clone; all clones are the same places.
#[derive(Debug, Clone)]
pub(super) struct Places {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    permits: Arc<Semaphore>,
    /// The connections without a request; the one that has waited longest is the first.
    idle: Mutex<Vec<(u64, CancellationToken)>>,
    became_idle: Notify,
}

/// The right to one connection. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    id: u64,
    close: CancellationToken,
    _permit: OwnedSemaphorePermit,
}

/// A connection performs a request until this is dropped.
#[derive(Debug)]
pub(super) struct Busy(Arc<Place>);

impl Places {
    pub(super) fn new(max: usize) -> Self {
        let permits = Arc::new(Semaphore::new(max));
        let shared = Shared { permits, idle: Mutex::default(), became_idle: Notify::new() };
        Self { shared: Arc::new(shared) }
    }

    fn are_full(&self) -> bool {
        self.shared.permits.available_permits() == 0
    }

    /// Closes the connection that has waited longest for a request. Returns false if every
    /// connection performs one.
    pub(super) fn close_longest_idle(&self) -> bool {
        let mut idle = self.lock();
        if idle.is_empty() {
            return false;
        }
        idle.remove(0).1.cancel();
        true
    }

    /// A place for a new connection, which has no request yet. If there is no place, it closes the
    /// connection that has waited longest. While all connections perform a request, it waits for
    /// the first that ends one. Cancel-safe.
    pub(super) async fn place(&self, id: u64) -> Arc<Place> {
        let permit = loop {
            let mut became_idle = std::pin::pin!(self.shared.became_idle.notified());
            became_idle.as_mut().enable();
            let free = self.shared.permits.clone().acquire_owned();
            if !self.are_full() || self.close_longest_idle() {
                break free.await;
            }
            tokio::select! {
                permit = free => break permit,
                () = became_idle => {}
            }
        };
        let permit = permit.expect("the semaphore is never closed");
        let close = CancellationToken::new();
        let place = Arc::new(Place { places: self.clone(), id, close, _permit: permit });
        place.idle();
        place
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(u64, CancellationToken)>> {
        self.shared.idle.lock().expect("no code panics while it holds this lock")
    }
}

impl Place {
    /// A request begins.
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        self.leave();
        Busy(Arc::clone(self))
    }

    /// Completes when a new connection needs this place. Cancel-safe.
    pub(super) async fn closed(&self) {
        self.close.cancelled().await;
    }

    fn idle(&self) {
        self.places.lock().push((self.id, self.close.clone()));
        self.places.shared.became_idle.notify_waiters();
    }

    fn leave(&self) {
        self.places.lock().retain(|(id, _)| *id != self.id);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.idle();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_new_connection_takes_the_place_that_was_idle_longest() {
        let places = Places::new(2);
        let (first, second) = (places.place(1).await, places.place(2).await);
        drop(first.busy());
        let mut third = Box::pin(places.place(3));
        assert!(third.as_mut().now_or_never().is_none());
        assert!(second.closed().now_or_never().is_some());
        assert!(first.closed().now_or_never().is_none());
        drop(second);
        third.await;
    }

    #[tokio::test]
    async fn while_all_are_busy_a_new_connection_waits() {
        let places = Places::new(1);
        let first = places.place(1).await;
        let request = first.busy();
        let mut second = Box::pin(places.place(2));
        assert!(second.as_mut().now_or_never().is_none());
        assert!(first.closed().now_or_never().is_none());
        drop(request);
        assert!(second.as_mut().now_or_never().is_none());
        assert!(first.closed().now_or_never().is_some());
        drop(first);
        second.await;
    }
}
