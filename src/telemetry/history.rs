//! A queue's totals as they were, for those who look without PromQL: every ten seconds of the last
//! hour, every five minutes of the last three days.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::totals::Snapshot;

/// A few hundred snapshots each, of less than 200 bytes: about 250 KiB a queue, when full.
const FINE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(3600));
const COARSE: (Duration, Duration) = (Duration::from_secs(300), Duration::from_secs(3 * 86_400));

/// Snapshots in two tiers, oldest first. Written by [`Metrics::refresh`](super::Metrics::refresh) alone.
#[derive(Debug)]
pub(super) struct History {
    began: Instant,
    fine: Tier,
    coarse: Tier,
}

/// What came within a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Past {
    /// The events.
    pub events: Snapshot,
    /// How much of the window that was: less where the process is younger.
    pub covered: Duration,
}

#[derive(Debug)]
struct Tier {
    every: Duration,
    reach: Duration,
    snapshots: VecDeque<(Instant, Snapshot)>,
}

impl History {
    pub(super) fn new(now: Instant) -> Self {
        Self { began: now, fine: Tier::new(FINE), coarse: Tier::new(COARSE) }
    }

    /// Takes the totals of `now`.
    pub(super) fn observe(&mut self, now: Instant, totals: Snapshot) {
        self.fine.observe(now, totals);
        self.coarse.observe(now, totals);
    }

    /// What has come within the last `window`, to the totals of `now`.
    pub(super) fn since(&self, window: Duration, now: Instant, totals: Snapshot) -> Past {
        let tier = if window <= FINE.1 { &self.fine } else { &self.coarse };
        let (from, before) = match tier.at(window, now) {
            Some(&(at, snapshot)) => (at, snapshot),
            None => (self.began, Snapshot::default()),
        };
        Past { events: totals.since(before), covered: now.duration_since(from) }
    }
}

impl Tier {
    fn new((every, reach): (Duration, Duration)) -> Self {
        Self { every, reach, snapshots: VecDeque::new() }
    }

    fn observe(&mut self, now: Instant, totals: Snapshot) {
        let due = |(at, _): &(Instant, Snapshot)| now.duration_since(*at) >= self.every;
        if !self.snapshots.back().is_none_or(due) {
            return;
        }
        self.snapshots.push_back((now, totals));
        // The one that stands at the far end of the longest window stays.
        while self.snapshots.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= self.reach) {
            self.snapshots.pop_front();
        }
    }

    /// The youngest snapshot that is at least as old as the window; `None` where none is.
    fn at(&self, window: Duration, now: Instant) -> Option<&(Instant, Snapshot)> {
        let younger = self.snapshots.partition_point(|(at, _)| now.duration_since(*at) >= window);
        self.snapshots.get(younger.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn received(received: u64) -> Snapshot {
        Snapshot { received, ..Snapshot::default() }
    }

    /// A message a second, looked at every five seconds.
    fn after(time: Duration) -> (History, Instant) {
        let start = Instant::now();
        let mut history = History::new(start);
        for seconds in (0..=time.as_secs()).step_by(5) {
            history.observe(start + Duration::from_secs(seconds), received(seconds));
        }
        (history, start + time)
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_counts_what_came_within_it() {
        let (history, now) = after(MINUTE * 90);
        for window in [MINUTE * 5, MINUTE * 30, MINUTE * 60] {
            let past = history.since(window, now, received(5400));
            assert_eq!((past.events.received, past.covered), (window.as_secs(), window));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_young_process_says_how_much_of_the_window_it_has_seen() {
        let (history, now) = after(MINUTE * 90);
        let past = history.since(MINUTE * 360, now, received(5400));
        assert_eq!((past.events.received, past.covered), (5400, MINUTE * 90));
    }

    #[tokio::test(start_paused = true)]
    async fn long_windows_are_right_to_five_minutes_and_memory_is_bounded() {
        let day = MINUTE * 60 * 24;
        let (history, now) = after(day * 4);
        let past = history.since(day * 3, now, received(4 * 86_400));
        assert!(past.covered >= day * 3 && past.covered < day * 3 + MINUTE * 5, "{past:?}");
        assert!(history.fine.snapshots.len() <= 362 && history.coarse.snapshots.len() <= 866);
    }
}
