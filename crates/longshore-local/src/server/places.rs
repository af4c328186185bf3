//! The places for connections: how many can be open, and which one closes for a new one.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};
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
    idle: Mutex<Vec<Idle>>,
    became_idle: Notify,
    /// Bytes of responses that idle connections may not have read.
    response_bytes: u64,
}

#[derive(Debug)]
struct Idle {
    id: u64,
    since: Instant,
    /// Bytes of the response to the last request, which its client may not have read yet.
    response: u64,
    close: CancellationToken,
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
pub(super) struct Busy {
    place: Arc<Place>,
    response: u64,
}

impl Places {
    pub(super) fn new(max: usize, response_bytes: u64) -> Self {
        let permits = Arc::new(Semaphore::new(max));
        let (idle, became_idle) = (Mutex::default(), Notify::new());
        let shared = Shared { permits, idle, became_idle, response_bytes };
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
        idle.remove(0).close.cancel();
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
        place.idle(0);
        place
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Idle>> {
        self.shared.idle.lock().expect("no code panics while it holds this lock")
    }
}

impl Place {
    /// A request begins.
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        self.leave();
        Busy { place: Arc::clone(self), response: 0 }
    }

    /// Completes when the connection must close: a new connection needs its place, or no request
    /// came for `limit`. Cancel-safe.
    pub(super) async fn ended(&self, limit: Duration) {
        let unused = async {
            loop {
                let since = self.idle_since().unwrap_or_else(Instant::now);
                if since.elapsed() >= limit {
                    return;
                }
                sleep_until(since + limit).await;
            }
        };
        tokio::select! {
            () = self.close.cancelled() => {}
            () = unused => {}
        }
    }

    fn idle_since(&self) -> Option<Instant> {
        self.places.lock().iter().find(|idle| idle.id == self.id).map(|idle| idle.since)
    }

    /// If the responses of idle connections have too many bytes, others close, beginning with the
    /// one that has waited longest.
    fn idle(&self, response: u64) {
        let shared = &self.places.shared;
        let mut idle = self.places.lock();
        let close = self.close.clone();
        idle.push(Idle { id: self.id, since: Instant::now(), response, close });
        let mut bytes: u64 = idle.iter().map(|idle| idle.response).sum();
        while bytes > shared.response_bytes
            && let Some(first) =
                idle.iter().position(|idle| idle.id != self.id && idle.response > 0)
        {
            let closed = idle.remove(first);
            bytes -= closed.response;
            closed.close.cancel();
        }
        drop(idle);
        shared.became_idle.notify_waiters();
    }

    fn leave(&self) {
        self.places.lock().retain(|idle| idle.id != self.id);
    }
}

impl Busy {
    /// The response has this number of bytes.
    pub(super) fn answered(mut self, response: u64) {
        self.response = response;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.place.idle(self.response);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn a_new_connection_takes_the_place_that_was_idle_longest() {
        let places = Places::new(2, 100);
        let (first, second) = (places.place(1).await, places.place(2).await);
        drop(first.busy());
        let mut third = Box::pin(places.place(3));
        assert!(third.as_mut().now_or_never().is_none());
        assert!(second.ended(LONG).now_or_never().is_some());
        assert!(first.ended(LONG).now_or_never().is_none());
        drop(second);
        third.await;
    }

    #[tokio::test]
    async fn while_all_are_busy_a_new_connection_waits() {
        let places = Places::new(1, 100);
        let first = places.place(1).await;
        let request = first.busy();
        let mut second = Box::pin(places.place(2));
        assert!(second.as_mut().now_or_never().is_none());
        assert!(first.ended(LONG).now_or_never().is_none());
        drop(request);
        assert!(second.as_mut().now_or_never().is_none());
        assert!(first.ended(LONG).now_or_never().is_some());
        drop(first);
        second.await;
    }

    #[tokio::test]
    async fn large_responses_close_the_connections_that_waited_longest() {
        let places = Places::new(3, 100);
        let [first, second, third] =
            [places.place(1).await, places.place(2).await, places.place(3).await];
        first.busy().answered(60);
        second.busy().answered(40);
        assert!(first.ended(LONG).now_or_never().is_none());
        third.busy().answered(101);
        assert!(first.ended(LONG).now_or_never().is_some());
        assert!(second.ended(LONG).now_or_never().is_some());
        assert!(third.ended(LONG).now_or_never().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_request_ends_and_a_busy_one_does_not() {
        let places = Places::new(1, 100);
        let place = places.place(1).await;
        let began = Instant::now();
        let works = async {
            let busy = place.busy();
            tokio::time::sleep(Duration::from_secs(150)).await;
            busy.answered(1);
        };
        tokio::join!(place.ended(Duration::from_secs(60)), works);
        assert_eq!(began.elapsed(), Duration::from_secs(210));
    }
}
