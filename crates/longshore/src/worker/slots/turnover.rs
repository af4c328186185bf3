//! How fast slots become free: by how long recent messages held theirs, and by when the last ten
//! were freed.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::queue::BATCH;
use crate::sync::{Mutex, MutexGuard};

/// Weight of the newest message in the mean.
const WEIGHT: f64 = 0.1;

/// One queue's turnover of slots. Written when a slot is freed, read before a receive.
#[derive(Debug, Default)]
pub(super) struct Turnover(Mutex<Recent>);

#[derive(Debug, Default)]
struct Recent {
    /// Seconds that messages held their slots: a moving average.
    mean: Option<f64>,
    /// When the last ten slots were freed.
    freed: VecDeque<Instant>,
}

impl Turnover {
    /// A message that held its slot `since` then frees it.
    pub(super) fn freed(&self, since: Instant, now: Instant) {
        let took = now.duration_since(since).as_secs_f64();
        let mut recent = self.lock();
        recent.mean = Some(recent.mean.map_or(took, |mean| mean + WEIGHT * (took - mean)));
        if recent.freed.len() == BATCH {
            recent.freed.pop_front();
        }
        recent.freed.push_back(now);
    }

    /// Slots that are expected to become free within `time`, if nearly all of `limit` are taken.
    /// The lower of two estimates. The mean is right when handlers that started together free ten
    /// slots at once. The last ten are right when handlers have become slower.
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

    fn lock(&self) -> MutexGuard<'_, Recent> {
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
    fn nothing_is_expected_before_ten_messages_ended() {
        let turnover = Turnover::default();
        assert_eq!(turnover.expected_within(SECOND, 10, Instant::now()), 0);
    }

    #[test]
    fn a_steady_turnover_is_expected_to_continue() {
        let (turnover, now) = after(SECOND, SECOND);
        assert_eq!(turnover.expected_within(SECOND, 10, now), 10);
        assert_eq!(turnover.expected_within(SECOND / 2, 10, now), 5);
    }

    #[test]
    fn ten_slots_freed_at_once_do_not_promise_ten_more() {
        let (turnover, now) = after(10 * SECOND, Duration::ZERO);
        assert_eq!(turnover.expected_within(SECOND, 10, now), 1);
    }

    #[test]
    fn handlers_that_stop_ending_free_ever_fewer_slots() {
        let (turnover, now) = after(SECOND, SECOND);
        assert_eq!(turnover.expected_within(SECOND, 10, now + 9 * SECOND), 1);
        assert_eq!(turnover.expected_within(SECOND, 10, now + 30 * SECOND), 0);
    }
}
