//! The last five minutes of a queue's totals, for those who look without PromQL.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::totals::Snapshot;

/// How far back "recent" goes.
pub(super) const WINDOW: Duration = Duration::from_secs(300);

/// Snapshots of the window, oldest first. Written by [`Metrics::refresh`](super::Metrics::refresh) alone.
#[derive(Debug, Default)]
pub(super) struct Recent {
    snapshots: VecDeque<(Instant, Snapshot)>,
}

impl Recent {
    /// Adds the totals of `now` and returns what has come within the window, or since the start where
    /// that is nearer.
    pub(super) fn observe(&mut self, now: Instant, totals: Snapshot) -> Snapshot {
        self.snapshots.push_back((now, totals));
        while self.snapshots.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= WINDOW) {
            self.snapshots.pop_front();
        }
        let (at, oldest) = self.snapshots[0];
        let from_start = now.duration_since(at) < WINDOW;
        totals.since(if from_start { Snapshot::default() } else { oldest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(received: u64) -> Snapshot {
        Snapshot { received, ..Snapshot::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_window_counts() {
        let (start, mut recent) = (Instant::now(), Recent::default());
        assert_eq!(recent.observe(start, received(7)).received, 7);
        assert_eq!(recent.observe(start + WINDOW / 2, received(10)).received, 10);
        assert_eq!(recent.observe(start + WINDOW, received(11)).received, 4);
        assert_eq!(recent.observe(start + WINDOW * 2, received(11)).received, 0);
    }
}
