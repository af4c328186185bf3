//! A queue's totals over time, for readers without Prometheus: every second of the last 2 minutes,
//! every 10 seconds of the last hour, every 5 minutes of the last 3 days.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::distribution::Buckets;
use super::totals::Snapshot;

/// The interval between two snapshots, and how far back they reach. The finest interval is shorter
/// than the second between two observations, because otherwise jitter would drop every other one.
type Grid = (Duration, Duration);
const FINEST: Grid = (Duration::from_millis(900), Duration::from_secs(120));
const FINE: Grid = (Duration::from_secs(10), HOUR);
const COARSE: Grid = (Duration::from_secs(300), Duration::from_secs(3 * 86_400));
/// For the durations of handlers.
const MINUTES: Grid = (Duration::from_secs(60), HOUR);

/// The plots show this time.
const HOUR: Duration = Duration::from_secs(3600);
/// Seconds between two points of a plot. The smallest that gives at most `MAX_POINTS` is used.
const INTERVALS: [u64; 3] = [1, 10, 60];
const MAX_POINTS: u64 = 120;

/// Snapshots in tiers, oldest first: about 1,400 of about 260 bytes. With the spare capacity of
/// the deques a queue takes up to 450 kB.
#[derive(Debug)]
pub(super) struct History {
    began: Instant,
    finest: Tier<Snapshot>,
    fine: Tier<Snapshot>,
    coarse: Tier<Snapshot>,
    handled: Tier<Buckets>,
}

/// The events within a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Past<T = Snapshot> {
    /// The events.
    pub events: T,
    /// The part of the window that the process has seen.
    pub covered: Duration,
}

/// The totals at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Time before the latest moment.
    pub ago: Duration,
    /// The counts since the start.
    pub totals: Snapshot,
}

#[derive(Debug)]
struct Tier<T> {
    grid: Grid,
    snapshots: VecDeque<(Instant, T)>,
}

impl History {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            began: now,
            finest: Tier::new(FINEST),
            fine: Tier::new(FINE),
            coarse: Tier::new(COARSE),
            handled: Tier::new(MINUTES),
        }
    }

    /// Adds the totals of `now`.
    pub(super) fn observe(&mut self, now: Instant, totals: Snapshot, handled: Buckets) {
        self.finest.observe(now, totals);
        self.fine.observe(now, totals);
        self.coarse.observe(now, totals);
        self.handled.observe(now, handled);
    }

    /// The events within the last `window`; `totals` are those of `now`.
    pub(super) fn since(&self, window: Duration, now: Instant, totals: Snapshot) -> Past {
        let tier = if window <= HOUR { &self.fine } else { &self.coarse };
        let (from, before) =
            tier.at(window, now).copied().unwrap_or((self.began, Snapshot::default()));
        Past { events: totals.since(before), covered: now.duration_since(from) }
    }

    /// The durations of the handlers that ended within the last hour; `handled` are those of `now`.
    pub(super) fn handled(&self, now: Instant, handled: Buckets) -> Past<Buckets> {
        let start = (self.began, Buckets::default());
        let (from, before) = self.handled.at(HOUR, now).copied().unwrap_or(start);
        Past { events: handled.since(before), covered: now.duration_since(from) }
    }

    /// The totals of the last hour, oldest first, at even intervals; `totals` are those of `now`.
    pub(super) fn time_series(&self, now: Instant, totals: Snapshot) -> Vec<Moment> {
        let age = now.duration_since(self.began).min(HOUR).as_secs();
        let apart =
            INTERVALS.into_iter().find(|apart| age / apart <= MAX_POINTS).unwrap_or(INTERVALS[2]);
        let tier = if apart == INTERVALS[0] { &self.finest } else { &self.fine };
        let moment =
            |(at, totals): (Instant, Snapshot)| Moment { ago: now.duration_since(at), totals };
        // The intervals count back from now, so that only the oldest point moves.
        let mut series = vec![moment((now, totals))];
        let started = (self.began, Snapshot::default());
        for &(at, totals) in tier.snapshots.iter().rev().chain([&started]) {
            let ago = now.duration_since(at);
            let last = series.last().map_or(Duration::ZERO, |last| last.ago);
            if ago > HOUR {
                break;
            }
            if ago - last >= Duration::from_secs(apart).mul_f64(0.9) {
                series.push(moment((at, totals)));
            }
        }
        series.reverse();
        series
    }

    /// The memory of the snapshots.
    #[cfg(test)]
    fn bytes(&self) -> usize {
        let tiers = [&self.finest, &self.fine, &self.coarse];
        let totals: usize = tiers.iter().map(|tier| tier.snapshots.capacity()).sum();
        totals * size_of::<(Instant, Snapshot)>()
            + self.handled.snapshots.capacity() * size_of::<(Instant, Buckets)>()
    }
}

impl<T> Tier<T> {
    fn new(grid: Grid) -> Self {
        Self { grid, snapshots: VecDeque::new() }
    }

    fn observe(&mut self, now: Instant, totals: T) {
        let (every, reach) = self.grid;
        let due = |(at, _): &(Instant, T)| now.duration_since(*at) >= every;
        if !self.snapshots.back().is_none_or(due) {
            return;
        }
        self.snapshots.push_back((now, totals));
        // The snapshot at the start of the longest window stays.
        while self.snapshots.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= reach) {
            self.snapshots.pop_front();
        }
    }

    /// The youngest snapshot that is at least as old as the window.
    fn at(&self, window: Duration, now: Instant) -> Option<&(Instant, T)> {
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

    /// One message and one observation per second.
    fn after(time: Duration) -> (History, Instant) {
        let start = Instant::now();
        let mut history = History::new(start);
        for seconds in 0..=time.as_secs() {
            let now = start + Duration::from_secs(seconds);
            history.observe(now, received(seconds), Buckets::default());
        }
        (history, start + time)
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_counts_the_events_within_it() {
        let (history, now) = after(MINUTE * 90);
        for window in [MINUTE * 5, MINUTE * 30, MINUTE * 60] {
            let past = history.since(window, now, received(5400));
            assert_eq!((past.events.received, past.covered), (window.as_secs(), window));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_young_process_reports_the_part_of_the_window_it_has_seen() {
        let (history, now) = after(MINUTE * 90);
        let past = history.since(MINUTE * 360, now, received(5400));
        assert_eq!((past.events.received, past.covered), (5400, MINUTE * 90));
    }

    #[tokio::test(start_paused = true)]
    async fn long_windows_are_accurate_to_five_minutes_and_memory_is_bounded() {
        let day = MINUTE * 60 * 24;
        let (history, now) = after(day * 4);
        let past = history.since(day * 3, now, received(4 * 86_400));
        assert!(past.covered >= day * 3 && past.covered < day * 3 + MINUTE * 5, "{past:?}");
        let lengths = [&history.finest, &history.fine, &history.coarse].map(|t| t.snapshots.len());
        assert!(lengths[0] <= 122 && lengths[1] <= 362 && lengths[2] <= 866, "{lengths:?}");
        assert!(history.bytes() <= 450_000, "{} bytes", history.bytes());
    }

    #[tokio::test(start_paused = true)]
    async fn a_time_series_covers_the_last_hour_at_even_intervals() {
        for (age, points, apart) in [(15, 16, 1), (100, 101, 1), (600, 61, 10), (5400, 61, 60)] {
            let (history, now) = after(Duration::from_secs(age));
            let series = history.time_series(now, received(age));
            let (first, last) = (series[0], series[series.len() - 1]);
            assert_eq!((last.ago, last.totals.received), (Duration::ZERO, age));
            assert_eq!(first.ago.as_secs(), age.min(3600));
            assert_eq!(series.len(), points, "{age}");
            for pair in series.windows(2) {
                assert_eq!((pair[0].ago - pair[1].ago).as_secs(), apart, "{age}");
                assert_eq!(pair[1].totals.received - pair[0].totals.received, apart);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn handlers_that_ended_more_than_an_hour_ago_are_dropped() {
        let start = Instant::now();
        let mut history = History::new(start);
        for minute in 0..=90 {
            let mut handled = Buckets::default();
            handled.counts[3] = u64::from(minute);
            history.observe(start + MINUTE * minute, Snapshot::default(), handled);
        }
        let mut handled = Buckets::default();
        handled.counts[3] = 90;
        let past = history.handled(start + MINUTE * 90, handled);
        assert_eq!((past.events.counts[3], past.covered), (60, MINUTE * 60));
    }
}
