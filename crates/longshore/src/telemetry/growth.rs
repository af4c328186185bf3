//! Whether a backlog grows.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// The time that is compared.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// A trend needs reports of at least this time.
const LEAST: Duration = Duration::from_secs(5 * 60);
/// A trend needs at least this many more messages.
const LEAST_MESSAGES: u64 = 100;

/// A backlog that at least doubled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BacklogGrowth {
    /// Waiting messages at the start.
    pub from: u64,
    /// Waiting messages now.
    pub to: u64,
    /// The time between the two.
    pub within: Duration,
}

/// The last reports of a backlog, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Growth {
    reports: VecDeque<(Instant, u64)>,
}

impl Growth {
    /// SQS reported this number of waiting messages.
    pub(super) fn observe(&mut self, now: Instant, messages: u64) {
        // An empty backlog ends any growth.
        if messages == 0 {
            self.reports.clear();
        }
        self.reports.push_back((now, messages));
        while self.reports.front().is_some_and(|(at, _)| now.duration_since(*at) > WINDOW) {
            self.reports.pop_front();
        }
    }

    /// The growth, if the backlog at least doubled.
    pub(super) fn result(&self) -> Option<BacklogGrowth> {
        let (&(began, from), &(ended, to)) = (self.reports.front()?, self.reports.back()?);
        let within = ended.duration_since(began);
        let has_grown = within >= LEAST && to >= from * 2 && to - from >= LEAST_MESSAGES;
        has_grown.then_some(BacklogGrowth { from, to, within })
    }

    /// Whether no message waits, or fewer than some minutes before.
    pub(super) fn shrinks(&self, now: Instant) -> bool {
        let last = self.reports.back().filter(|(at, _)| now.duration_since(*at) <= WINDOW);
        let Some(&(ended, to)) = last else { return false };
        let mut reports = self.reports.iter().rev();
        let before = reports.find(|(at, _)| ended.duration_since(*at) >= LEAST);
        to == 0 || before.is_some_and(|(_, from)| to < *from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_backlog_grows_if_it_doubles_within_minutes() {
        let (start, mut growth) = (Instant::now(), Growth::default());
        let minute = Duration::from_secs(60);
        for n in 0..5 {
            growth.observe(start + minute * n, 100 + 100 * u64::from(n));
            assert_eq!(growth.result(), None, "too early to tell");
        }
        growth.observe(start + minute * 5, 600);
        let grown = BacklogGrowth { from: 100, to: 600, within: minute * 5 };
        assert_eq!(growth.result(), Some(grown));
        growth.observe(start + minute * 6, 0);
        assert_eq!(growth.result(), None);
    }

    /// Whether a backlog shrinks after reports of these numbers, 5 minutes apart.
    fn shrinks(reports: &[u64]) -> bool {
        let (mut now, mut growth) = (Instant::now(), Growth::default());
        for messages in reports {
            now += LEAST;
            growth.observe(now, *messages);
        }
        growth.shrinks(now)
    }

    #[tokio::test(start_paused = true)]
    async fn a_backlog_shrinks_if_it_is_empty_or_smaller_than_minutes_before() {
        assert!(shrinks(&[900, 800]) && shrinks(&[0]) && shrinks(&[500, 0]));
        assert!(shrinks(&[0, 1000, 500]), "a batch that is processed");
        assert!(!shrinks(&[]) && !shrinks(&[7]) && !shrinks(&[7, 7]) && !shrinks(&[0, 7]));
        let (start, mut growth) = (Instant::now(), Growth::default());
        growth.observe(start, 900);
        growth.observe(start + LEAST, 800);
        assert!(
            !growth.shrinks(start + LEAST + WINDOW * 2),
            "the attributes are not known any more"
        );
    }
}
