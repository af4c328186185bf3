//! Suppression of repeated log lines: the first occurrence of a fault is logged, then at most one
//! line per minute, with the number of suppressed occurrences. A pause between two occurrences does
//! not reset this, because a fault that comes every second minute would then log every time.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// Minimum time between two log lines about the same fault.
const INTERVAL: Duration = Duration::from_secs(60);

/// The occurrences of one kind of fault.
#[derive(Debug, Default)]
pub(crate) struct Repeats(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    logged: Option<Instant>,
    suppressed: u64,
}

impl Repeats {
    /// The fault occurred. `Some` if it is to be logged, with the number of suppressed occurrences
    /// before it, if there were any.
    pub(crate) fn occurred(&self) -> Option<Option<u64>> {
        let mut state = self.lock();
        let now = Instant::now();
        if state.logged.is_some_and(|logged| now - logged < INTERVAL) {
            state.suppressed += 1;
            return None;
        }
        state.logged = Some(now);
        Some(take(&mut state))
    }

    /// The occurrences since the last log line, if there were any. Resets the count.
    pub(crate) fn take_suppressed(&self) -> Option<u64> {
        take(&mut self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().expect("no code panics while it holds this lock")
    }
}

fn take(state: &mut State) -> Option<u64> {
    Some(std::mem::take(&mut state.suppressed)).filter(|suppressed| *suppressed > 0)
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_is_logged_and_the_rest_are_counted_for_a_minute() {
        let repeats = Repeats::default();
        assert_eq!(repeats.occurred(), Some(None));
        for _ in 0..50 {
            advance(Duration::from_secs(1)).await;
            assert_eq!(repeats.occurred(), None);
        }
        advance(Duration::from_secs(10)).await;
        assert_eq!(repeats.occurred(), Some(Some(50)));
        assert_eq!(repeats.occurred(), None);
        assert_eq!(repeats.take_suppressed(), Some(1));
        assert_eq!(repeats.take_suppressed(), None);
    }
}
