//! How long messages waited in the queue, to the millisecond, in bounded memory.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

/// Times, counted by the millisecond.
#[derive(Debug, Default)]
pub(super) struct Waits(Mutex<BTreeMap<u64, u64>>);

impl Waits {
    pub(super) fn record(&self, wait: Duration) {
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
        *self.lock().entry(milliseconds).or_default() += 1;
    }

    /// The time that half of them did not exceed; `None` where there were none.
    pub(super) fn median(&self) -> Option<Duration> {
        let counts = self.lock();
        let half = counts.values().sum::<u64>().div_ceil(2);
        let mut so_far = 0;
        let median = counts.iter().find_map(|(milliseconds, count)| {
            so_far += count;
            (so_far >= half).then_some(*milliseconds)
        });
        median.map(Duration::from_millis)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, u64>> {
        self.0.lock().expect("no code panics while it holds this lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn median(milliseconds: &[u64]) -> Option<Duration> {
        let waits = Waits::default();
        milliseconds.iter().for_each(|ms| waits.record(Duration::from_millis(*ms)));
        waits.median()
    }

    #[test]
    fn half_of_the_waits_are_no_longer_than_the_median() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[7]), Some(Duration::from_millis(7)));
        assert_eq!(median(&[900, 1, 3]), Some(Duration::from_millis(3)));
        assert_eq!(median(&[5, 5, 900, 1]), Some(Duration::from_millis(5)));
    }
}
