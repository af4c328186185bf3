//! The task of a queue that sleeps until a message shows by itself. Nothing ticks: with no poll and no
//! watcher waiting, it sleeps for good.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::handle::Live;
use crate::local::clock::Moment;

/// Runs until the queue is deleted.
pub(crate) async fn keep_time(live: Arc<Live>) {
    while let Some(alarm) = live.next_alarm() {
        let alarm = async {
            match alarm {
                Some(moment) => tokio::time::sleep_until(live.clock.instant(moment)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = live.rearm.notified() => {}
            () = alarm => live.act(|_, _| ()),
        }
    }
}

impl Live {
    /// When to wake, if ever; `None` once the queue is deleted.
    fn next_alarm(&self) -> Option<Option<Moment>> {
        let state = &mut *self.lock();
        let awaited = !state.polls.is_empty() || self.watchers.load(Ordering::Relaxed) > 0;
        state.armed = awaited.then(|| state.queue.next_change()).flatten();
        (!state.deleted).then_some(state.armed)
    }
}
