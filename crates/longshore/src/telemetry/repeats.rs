//! A fault that repeats is told of once, then counted: a line a minute at the most says how often it came
//! since. That it did not come for a while makes it no news: it would be a line for each other time.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// From one line about the same fault to the next.
const QUIET: Duration = Duration::from_secs(60);

/// The occurrences of one kind of fault.
#[derive(Debug, Default)]
pub(crate) struct Repeats(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    told: Option<Instant>,
    untold: u64,
}

impl Repeats {
    /// It happened. `Some` where it is to be told, with how often it happened untold before, if it did.
    pub(crate) fn due(&self) -> Option<Option<u64>> {
        let mut state = self.lock();
        let now = Instant::now();
        if state.told.is_some_and(|told| now - told < QUIET) {
            state.untold += 1;
            return None;
        }
        state.told = Some(now);
        Some(take(&mut state))
    }

    /// How often it happened since it was last told of, if it did. That is forgotten then.
    pub(crate) fn untold(&self) -> Option<u64> {
        take(&mut self.lock())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().expect("no code panics while it holds this lock")
    }
}

fn take(state: &mut State) -> Option<u64> {
    Some(std::mem::take(&mut state.untold)).filter(|untold| *untold > 0)
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_first_is_told_and_the_rest_are_counted_for_a_minute() {
        let repeats = Repeats::default();
        assert_eq!(repeats.due(), Some(None));
        for _ in 0..50 {
            advance(Duration::from_secs(1)).await;
            assert_eq!(repeats.due(), None);
        }
        advance(Duration::from_secs(10)).await;
        assert_eq!(repeats.due(), Some(Some(50)));
        assert_eq!(repeats.due(), None);
        assert_eq!(repeats.untold(), Some(1));
        assert_eq!(repeats.untold(), None);
    }
}
