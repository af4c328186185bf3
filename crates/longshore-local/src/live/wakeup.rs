//! What wakes tasks that wait on a queue: the timer task, and the watchers of its counts.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::queue::LiveQueue;
use crate::clock::Moment;
use crate::queue::Counts;

/// Serves the waiting polls whenever a message becomes visible or expires by time alone, also if the
/// clock is advanced. It has no periodic tick: while no poll and no watcher waits, no timer is set. Returns when the queue is
/// deleted.
pub(crate) async fn run_timer(live: Arc<LiveQueue>) {
    while let Some(wakeup) = live.next_wakeup() {
        let timer = async {
            match wakeup {
                Some(moment) => live.clock.sleep_until(moment).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = live.rearm.notified() => {}
            () = timer => live.act(|_, _| ()),
        }
    }
}

impl LiveQueue {
    /// When the timer must fire, if at all. The outer `None` means that the queue is deleted.
    pub(super) fn next_wakeup(&self) -> Option<Option<Moment>> {
        let state = &mut *self.lock();
        state.armed = self.next_timer(state);
        (!state.deleted).then_some(state.armed)
    }

    /// Waits until the counts satisfy `condition`. Returns `None` if the queue is deleted first.
    /// Cancel-safe.
    pub(crate) async fn until(&self, condition: impl Fn(&Counts) -> bool) -> Option<Counts> {
        let _watcher = Watcher::new(self);
        loop {
            let mut changed = std::pin::pin!(self.counts_changed.notified());
            changed.as_mut().enable();
            if self.lock().deleted {
                return None;
            }
            let counts = self.counts();
            if condition(&counts) {
                return Some(counts);
            }
            changed.await;
        }
    }
}

/// Is counted in [`LiveQueue::watchers`] until it is dropped.
struct Watcher<'a>(&'a LiveQueue);

impl<'a> Watcher<'a> {
    fn new(live: &'a LiveQueue) -> Self {
        live.watchers.fetch_add(1, Ordering::Relaxed);
        Self(live)
    }
}

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        self.0.watchers.fetch_sub(1, Ordering::Relaxed);
    }
}
