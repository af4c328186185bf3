//! Waiting for a queue to reach a state, so that tests wait for events and not for time.

use std::sync::atomic::Ordering;

use super::handle::Live;
use crate::queue::Counts;

/// Counts as a watcher for as long as it lives.
struct Watch<'a>(&'a Live);

impl<'a> Watch<'a> {
    fn new(live: &'a Live) -> Self {
        live.watchers.fetch_add(1, Ordering::Relaxed);
        Self(live)
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.watchers.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Live {
    /// Waits until the counts satisfy `enough`; `None` if the queue is deleted first. Cancel-safe.
    pub(crate) async fn until(&self, enough: impl Fn(&Counts) -> bool) -> Option<Counts> {
        let _watch = Watch::new(self);
        loop {
            let mut changed = std::pin::pin!(self.counts_changed.notified());
            changed.as_mut().enable();
            if self.lock().deleted {
                return None;
            }
            let counts = self.counts();
            if enough(&counts) {
                return Some(counts);
            }
            changed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use crate::live::fixture::Quay;

    #[tokio::test(start_paused = true)]
    async fn a_watcher_hears_of_what_time_alone_brings() {
        let quay = Quay::open();
        quay.send(7);
        let started = Instant::now();
        assert_eq!(quay.live.until(|counts| counts.visible == 1).await.unwrap().visible, 1);
        assert_eq!(started.elapsed().as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn a_watcher_of_a_deleted_queue_is_sent_home() {
        let quay = Quay::open();
        let watch = quay.live.until(|counts| counts.visible == 1);
        let (counts, deleted) = tokio::join!(watch, async { quay.directory.delete("q") });
        assert_eq!((counts, deleted), (None, Ok(())));
    }
}
