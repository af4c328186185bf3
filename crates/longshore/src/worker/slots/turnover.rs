//! How fast slots come free: by how long messages lately had theirs, and by when the last came free.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::queue::BATCH;

/// Weight of the newest message in the mean.
const WEIGHT: f64 = 0.1;

/// One queue's turnover of slots. Written when a slot comes free, read before a receive.
#[derive(Debug, Default)]
pub(super) struct Turnover(Mutex<Recent>);

#[derive(Debug, Default)]
struct Recent {
    /// Seconds that messages had their slots; recent ones weigh more.
    mean: Option<f64>,
    /// When the last ten slots came free.
    freed: VecDeque<Instant>,
}

impl Turnover {
    /// A message that had its slot `since` then gives it back.
    pub(super) fn freed(&self, since: Instant, now: Instant) {
        let took = now.duration_since(since).as_secs_f64();
        let mut recent = self.lock();
        recent.mean = Some(recent.mean.map_or(took, |mean| mean + WEIGHT * (took - mean)));
        if recent.freed.len() == BATCH {
            recent.freed.pop_front();
        }
        recent.freed.push_back(now);
    }

    /// Slots, of `limit` that are all but taken, that are to come free within `time`. The lesser of two
    /// guesses: the mean says what handlers that started together hide, that nothing comes for a while
    /// after ten came at once; the last ten say that handlers have become slower than the mean has seen.
    pub(super) fn expected_within(&self, time: Duration, limit: usize, now: Instant) -> usize {
        let recent = self.lock();
        let (Some(mean), Some(first)) = (recent.mean, recent.freed.front()) else { return 0 };
        if recent.freed.len() < BATCH {
            return 0;
        }
        let by_mean = limit as f64 / mean;
        let by_last = BATCH as f64 / now.duration_since(*first).as_secs_f64();
        (by_mean.min(by_last) * time.as_secs_f64()) as usize
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.0.lock().expect("no code panics while it holds this lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn after(took: Duration, spread: Duration) -> (Turnover, Instant) {
        let (turnover, mut now) = (Turnover::default(), Instant::now() + took);
        for _ in 0..BATCH {
            now += spread / BATCH as u32;
            turnover.freed(now - took, now);
        }
        (turnover, now)
    }

    #[test]
    fn nothing_is_expected_before_ten_messages_have_come_to_an_end() {
        let turnover = Turnover::default();
        assert_eq!(turnover.expected_within(SECOND, 10, Instant::now()), 0);
    }

    #[test]
    fn handlers_that_end_one_by_one_free_as_many_slots_again_in_the_same_time() {
        let (turnover, now) = after(SECOND, SECOND);
        assert_eq!(turnover.expected_within(SECOND, 10, now), 10);
        assert_eq!(turnover.expected_within(SECOND / 2, 10, now), 5);
    }

    #[test]
    fn ten_slots_that_came_free_at_once_do_not_promise_ten_more_at_once() {
        let (turnover, now) = after(10 * SECOND, Duration::ZERO);
        assert_eq!(turnover.expected_within(SECOND, 10, now), 1);
    }

    #[test]
    fn handlers_that_end_no_more_free_ever_fewer_slots() {
        let (turnover, now) = after(SECOND, SECOND);
        assert_eq!(turnover.expected_within(SECOND, 10, now + 9 * SECOND), 1);
        assert_eq!(turnover.expected_within(SECOND, 10, now + 30 * SECOND), 0);
    }
}
