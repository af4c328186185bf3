//! A queue's totals as they were, for those who look without PromQL: every second of the last two
//! minutes, every ten seconds of the last hour, every five minutes of the last three days.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::distribution::Buckets;
use super::totals::Snapshot;

/// How far apart snapshots are, and how far back they reach. With a clock of a second between two looks,
/// a tier of just that would miss every other.
type Grid = (Duration, Duration);
const FINEST: Grid = (Duration::from_millis(900), Duration::from_secs(120));
const FINE: Grid = (Duration::from_secs(10), HOUR);
const COARSE: Grid = (Duration::from_secs(300), Duration::from_secs(3 * 86_400));
/// Of the times that handlers ran.
const MINUTES: Grid = (Duration::from_secs(60), HOUR);

/// What the plots reach back to.
const HOUR: Duration = Duration::from_secs(3600);
/// The plots have a point for each of so many seconds, the fewest that make no more than this.
const APART: [u64; 3] = [1, 10, 60];
const POINTS: u64 = 120;

/// Snapshots in tiers, oldest first, about 1,400 of less than 200 bytes: with what a deque keeps spare,
/// 330 kB a queue when full.
/// Written by [`Metrics::observe`](super::Metrics::observe) alone.
#[derive(Debug)]
pub(super) struct History {
    began: Instant,
    finest: Tier<Snapshot>,
    fine: Tier<Snapshot>,
    coarse: Tier<Snapshot>,
    handled: Tier<Buckets>,
}

/// What came within a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Past<T = Snapshot> {
    /// The events.
    pub events: T,
    /// How much of the window that was: less where the process is younger.
    pub covered: Duration,
}

/// The totals as they were at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// How long before the latest one.
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

    /// Takes the totals of `now`.
    pub(super) fn observe(&mut self, now: Instant, totals: Snapshot, handled: Buckets) {
        self.finest.observe(now, totals);
        self.fine.observe(now, totals);
        self.coarse.observe(now, totals);
        self.handled.observe(now, handled);
    }

    /// What has come within the last `window`, to the totals of `now`.
    pub(super) fn since(&self, window: Duration, now: Instant, totals: Snapshot) -> Past {
        let tier = if window <= HOUR { &self.fine } else { &self.coarse };
        let (from, before) =
            tier.at(window, now).copied().unwrap_or((self.began, Snapshot::default()));
        Past { events: totals.since(before), covered: now.duration_since(from) }
    }

    /// The times of the handlers that ended within the last hour, to those of `now`.
    pub(super) fn handled(&self, now: Instant, handled: Buckets) -> Past<Buckets> {
        let start = (self.began, Buckets::default());
        let (from, before) = self.handled.at(HOUR, now).copied().unwrap_or(start);
        Past { events: handled.since(before), covered: now.duration_since(from) }
    }

    /// The course of the last hour, oldest first and evenly apart, to the totals of `now`.
    pub(super) fn course(&self, now: Instant, totals: Snapshot) -> Vec<Moment> {
        let age = now.duration_since(self.began).min(HOUR).as_secs();
        let apart = APART.into_iter().find(|apart| age / apart <= POINTS).unwrap_or(APART[2]);
        let tier = if apart == APART[0] { &self.finest } else { &self.fine };
        let moment =
            |(at, totals): (Instant, Snapshot)| Moment { ago: now.duration_since(at), totals };
        // The youngest are an even distance from now, so that what moves is the beginning.
        let mut course = vec![moment((now, totals))];
        let started = (self.began, Snapshot::default());
        for &(at, totals) in tier.snapshots.iter().rev().chain([&started]) {
            let ago = now.duration_since(at);
            let last = course.last().map_or(Duration::ZERO, |last| last.ago);
            if ago > HOUR {
                break;
            }
            if ago - last >= Duration::from_secs(apart).mul_f64(0.9) {
                course.push(moment((at, totals)));
            }
        }
        course.reverse();
        course
    }

    /// The memory that it takes.
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
        // The one that stands at the far end of the longest window stays.
        while self.snapshots.get(1).is_some_and(|(at, _)| now.duration_since(*at) >= reach) {
            self.snapshots.pop_front();
        }
    }

    /// The youngest snapshot that is at least as old as the window; `None` where none is.
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

    /// A message a second, looked at as often.
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
        let lengths = [&history.finest, &history.fine, &history.coarse].map(|t| t.snapshots.len());
        assert!(lengths[0] <= 122 && lengths[1] <= 362 && lengths[2] <= 866, "{lengths:?}");
        assert!(history.bytes() <= 330_000, "{} bytes", history.bytes());
    }

    #[tokio::test(start_paused = true)]
    async fn a_course_goes_from_the_start_or_from_an_hour_ago_to_now_in_even_steps() {
        for (age, points, apart) in [(15, 16, 1), (100, 101, 1), (600, 61, 10), (5400, 61, 60)] {
            let (history, now) = after(Duration::from_secs(age));
            let course = history.course(now, received(age));
            let (first, last) = (course[0], course[course.len() - 1]);
            assert_eq!((last.ago, last.totals.received), (Duration::ZERO, age));
            assert_eq!(first.ago.as_secs(), age.min(3600));
            assert_eq!(course.len(), points, "{age}");
            for pair in course.windows(2) {
                assert_eq!((pair[0].ago - pair[1].ago).as_secs(), apart, "{age}");
                assert_eq!(pair[1].totals.received - pair[0].totals.received, apart);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn handlers_that_ended_more_than_an_hour_ago_are_forgotten() {
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
