//! The task of a queue that sleeps until a message shows by itself. Nothing ticks: with no poll and no
//! watcher waiting, it sleeps for good.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::handle::Live;
use crate::clock::Moment;

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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use crate::live::fixture::Quay;

    #[tokio::test(start_paused = true)]
    async fn a_poll_wakes_in_the_second_a_delay_ends() {
        let quay = Quay::open();
        quay.send(7);
        let (ticket, started) = (quay.poll(false), Instant::now());
        assert_eq!(ticket.wait(&quay.stop).await.unwrap().len(), 1);
        assert_eq!(started.elapsed().as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn a_poll_wakes_for_the_earliest_of_several_and_for_one_that_came_later() {
        let quay = Quay::open();
        quay.send(15);
        let (ticket, started) = (quay.poll(false), Instant::now());
        tokio::time::sleep(Duration::from_secs(1)).await;
        quay.send(5);
        assert_eq!(ticket.wait(&quay.stop).await.unwrap().len(), 1);
        assert_eq!(started.elapsed().as_secs(), 6);
    }

    #[tokio::test(start_paused = true)]
    async fn with_nobody_waiting_no_timer_is_set() {
        let quay = Quay::open();
        quay.send(7);
        assert_eq!(quay.live.next_alarm(), Some(None));
        let _ticket = quay.poll(false);
        assert!(quay.live.next_alarm().flatten().is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_deleted_queue_needs_no_timekeeper() {
        let quay = Quay::open();
        quay.directory.delete("q").unwrap();
        assert_eq!(quay.live.next_alarm(), None);
    }
}
