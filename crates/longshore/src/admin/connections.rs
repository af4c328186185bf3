//! The open connections of the admin endpoint, and how many there can be.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// The open connections. Cheap to clone; all clones are the same register.
#[derive(Debug, Clone)]
pub(super) struct Connections {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    permits: Arc<Semaphore>,
    /// Ordered by the last use.
    open: Mutex<Vec<Open>>,
}

#[derive(Debug)]
struct Open {
    id: u64,
    used: Instant,
    /// Bytes of the response to the last request, which its client may not have read yet.
    response: u64,
    close: CancellationToken,
}

/// The right to one connection. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    connections: Connections,
    id: u64,
    close: CancellationToken,
    _permit: OwnedSemaphorePermit,
}

impl Connections {
    pub(super) fn new(max: usize) -> Self {
        let permits = Arc::new(Semaphore::new(max));
        Self { shared: Arc::new(Shared { permits, open: Mutex::default() }) }
    }

    pub(super) fn are_full(&self) -> bool {
        self.shared.permits.available_permits() == 0
    }

    /// Closes the connection whose last request began first. Every response is made without
    /// waiting, so this connection waits for its client.
    pub(super) fn close_least_recent(&self) {
        let mut open = self.lock();
        if !open.is_empty() {
            open.remove(0).close.cancel();
        }
    }

    /// Waits for a place for a new connection. Cancel-safe.
    pub(super) async fn place(&self, id: u64) -> Place {
        let permit = self.shared.permits.clone().acquire_owned().await;
        let permit = permit.expect("the semaphore is never closed");
        let close = CancellationToken::new();
        self.lock().push(Open { id, used: Instant::now(), response: 0, close: close.clone() });
        Place { connections: self.clone(), id, close, _permit: permit }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Open>> {
        self.shared.open.lock().expect("no code panics while it holds this lock")
    }
}

impl Place {
    /// A request begins.
    pub(super) fn used(&self) {
        let mut open = self.connections.lock();
        if let Some(place) = open.iter().position(|open| open.id == self.id) {
            let mut connection = open.remove(place);
            (connection.used, connection.response) = (Instant::now(), 0);
            open.push(connection);
        }
    }

    /// The response has this number of bytes. If the responses of all connections have more than
    /// `limit`, other connections close, beginning with the one whose last request began first.
    pub(super) fn responds(&self, bytes: u64, limit: u64) {
        let mut open = self.connections.lock();
        if let Some(connection) = open.iter_mut().find(|open| open.id == self.id) {
            connection.response = bytes;
        }
        while open.iter().map(|open| open.response).sum::<u64>() > limit {
            let mut others = open.iter();
            let Some(first) = others.position(|open| open.id != self.id && open.response > 0)
            else {
                return;
            };
            open.remove(first).close.cancel();
        }
    }

    /// Completes when the connection must close: another one needs its place, or no request began
    /// within `limit`. Cancel-safe.
    pub(super) async fn ended(&self, limit: Duration) {
        let unused = async {
            while let Some(used) = self.last_use() {
                if used.elapsed() >= limit {
                    return;
                }
                sleep_until(used + limit).await;
            }
        };
        tokio::select! {
            () = self.close.cancelled() => {}
            () = unused => {}
        }
    }

    fn last_use(&self) -> Option<Instant> {
        let open = self.connections.lock();
        open.iter().find(|open| open.id == self.id).map(|open| open.used)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.lock().retain(|open| open.id != self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test(start_paused = true)]
    async fn the_least_recently_used_connection_closes_first() {
        let connections = Connections::new(3);
        let [first, second, third] =
            [connections.place(1).await, connections.place(2).await, connections.place(3).await];
        assert!(connections.are_full());
        first.used();
        connections.close_least_recent();
        second.ended(LONG).await;
        drop(second);
        assert!(!connections.are_full());
        connections.close_least_recent();
        third.ended(LONG).await;
        assert!(!first.close.is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn large_responses_close_the_connections_with_the_oldest_ones() {
        let connections = Connections::new(4);
        let [first, second, third, none] = [
            connections.place(1).await,
            connections.place(2).await,
            connections.place(3).await,
            connections.place(4).await,
        ];
        for place in [&first, &second] {
            place.used();
            place.responds(40, 100);
        }
        third.responds(90, 100);
        first.ended(LONG).await;
        second.ended(LONG).await;
        third.responds(200, 100);
        assert!(!third.close.is_cancelled() && !none.close.is_cancelled());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_without_a_request_ends() {
        let connections = Connections::new(1);
        let place = connections.place(1).await;
        let began = Instant::now();
        let uses = async {
            tokio::time::sleep(Duration::from_secs(40)).await;
            place.used();
        };
        tokio::join!(place.ended(Duration::from_secs(60)), uses);
        assert_eq!(began.elapsed(), Duration::from_secs(100));
    }
}
