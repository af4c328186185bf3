//! How old the messages are that a queue hands out.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::slo::thresholds;

/// An older age says nothing about now, because the queue can have changed since.
const RECENT: Duration = Duration::from_secs(300);
const MINUTE: Duration = Duration::from_secs(60);
/// The time that is compared: its first 5 minutes with its last 5 minutes.
const WINDOW: Duration = Duration::from_secs(15 * 60);

/// How much longer messages wait than some minutes ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Aging {
    /// The least age of the first minutes.
    pub from: Duration,
    /// The least age of the last minutes.
    pub to: Duration,
}

/// The ages of the oldest messages of the last receives.
#[derive(Debug, Clone, Default)]
pub(super) struct Ages {
    last: Option<(Instant, Duration)>,
    /// The least age of each minute, oldest minute first.
    least: VecDeque<(Instant, Duration)>,
}

impl Ages {
    /// The oldest message of a receive was sent this long ago; zero if no message waits.
    pub(super) fn observe(&mut self, now: Instant, age: Duration) {
        self.last = Some((now, age));
        match self.least.back_mut() {
            Some((began, least)) if now.duration_since(*began) < MINUTE => *least = age.min(*least),
            _ => self.least.push_back((now, age)),
        }
        while self.least.front().is_some_and(|(began, _)| now.duration_since(*began) > WINDOW) {
            self.least.pop_front();
        }
    }

    /// The age that the last receive showed; `None` if that was long ago.
    pub(super) fn last(&self, now: Instant) -> Option<Duration> {
        self.last.filter(|(at, _)| now.duration_since(*at) <= RECENT).map(|(_, age)| age)
    }

    /// The least age that the receives of the last 5 minutes showed.
    pub(super) fn least(&self, now: Instant) -> Option<Duration> {
        self.least_within(now, Duration::ZERO, RECENT)
    }

    /// The growth of the least age, if messages wait long, and longer and longer.
    pub(super) fn aging(&self, now: Instant) -> Option<Aging> {
        let from = self.least_within(now, WINDOW - RECENT, WINDOW)?;
        let to = self.least(now)?;
        let faster = (WINDOW - RECENT).mul_f64(thresholds::AGING);
        (to > thresholds::LONG_WAIT && to > from + faster).then_some(Aging { from, to })
    }

    /// The least age of the minutes that began between these times ago.
    fn least_within(&self, now: Instant, after: Duration, before: Duration) -> Option<Duration> {
        let minutes = self.least.iter();
        let minutes = minutes.filter(|(at, _)| (after..=before).contains(&now.duration_since(*at)));
        minutes.map(|(_, age)| *age).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_old_message_is_the_last_age_and_not_the_least() {
        let (start, mut ages) = (Instant::now(), Ages::default());
        assert_eq!((ages.last(start), ages.least(start)), (None, None));
        for seconds in 0..600 {
            ages.observe(start + Duration::from_secs(seconds), Duration::from_secs(2));
        }
        let now = start + Duration::from_secs(600);
        ages.observe(now, MINUTE * 60);
        assert_eq!(ages.last(now), Some(MINUTE * 60));
        assert_eq!(ages.least(now), Some(Duration::from_secs(2)));
        assert!(ages.least.len() <= 16, "{}", ages.least.len());
        let later = now + RECENT + Duration::from_secs(1);
        assert_eq!((ages.last(later), ages.least(later)), (None, None));
    }

    /// The ages of 15 minutes, by the seconds since the first one.
    fn aging(age: impl Fn(u64) -> u64) -> Option<Aging> {
        let (start, mut ages) = (Instant::now(), Ages::default());
        let seconds = 0..=WINDOW.as_secs();
        for second in seconds.clone() {
            ages.observe(start + Duration::from_secs(second), Duration::from_secs(age(second)));
        }
        ages.aging(start + Duration::from_secs(*seconds.end()))
    }

    #[tokio::test(start_paused = true)]
    async fn messages_that_get_older_and_wait_long_are_aging() {
        let seconds = |from, to| {
            let [from, to] = [from, to].map(Duration::from_secs);
            Some(Aging { from, to })
        };
        assert_eq!(aging(|second| 100 + second), seconds(100, 100 + 600));
        assert_eq!(aging(|second| 600 + second / 5), seconds(600, 600 + 120));
        assert_eq!(aging(|_| 7200), None, "old, and not older");
        assert_eq!(aging(|second| second / 2), None, "older, and not old");
        assert_eq!(aging(|second| 600 + second / 50), None, "older by 0.02 s each second");
        let with_a_new_one = |second| if second % 200 == 0 { 1 } else { 600 + second };
        assert_eq!(aging(with_a_new_one), None, "one receive in 200 s has a new message alone");
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_time_shows_no_trend() {
        let (start, mut ages) = (Instant::now(), Ages::default());
        for second in 0..590 {
            ages.observe(start + Duration::from_secs(second), MINUTE * 60 + MINUTE * second as u32);
        }
        assert_eq!(ages.aging(start + Duration::from_secs(590)), None);
    }
}
