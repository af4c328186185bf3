//! How old the messages are that a queue hands out.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// An age is forgotten after this time, because the queue can have changed since.
const KEPT: Duration = Duration::from_secs(300);
const MINUTE: Duration = Duration::from_secs(60);

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
        while self.least.front().is_some_and(|(began, _)| is_old(now, *began)) {
            self.least.pop_front();
        }
    }

    /// The age that the last receive showed; `None` if that was long ago.
    pub(super) fn last(&self, now: Instant) -> Option<Duration> {
        self.last.filter(|(at, _)| !is_old(now, *at)).map(|(_, age)| age)
    }

    /// The least age that the receives of the last 5 minutes showed.
    pub(super) fn least(&self, now: Instant) -> Option<Duration> {
        let recent = self.least.iter().filter(|(began, _)| !is_old(now, *began));
        recent.map(|(_, age)| *age).min()
    }
}

fn is_old(now: Instant, at: Instant) -> bool {
    now.duration_since(at) > KEPT
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
        assert!(ages.least.len() <= 6, "{}", ages.least.len());
        let later = now + KEPT + Duration::from_secs(1);
        assert_eq!((ages.last(later), ages.least(later)), (None, None));
    }
}
