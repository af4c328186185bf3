//! The time of the queues. It reads the wall clock once and then adds tokio's elapsed time, so that
//! timestamps, timers and the paused time of a test agree.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Milliseconds since the Unix epoch, the unit of SQS timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(u64);

impl Moment {
    #[cfg(test)]
    pub(crate) const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    pub(crate) const fn millis(self) -> u64 {
        self.0
    }

    pub(crate) const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    pub(crate) const fn after_seconds(self, seconds: u32) -> Self {
        Self(self.0.saturating_add(seconds as u64 * 1000))
    }

    pub(crate) const fn before_seconds(self, seconds: u32) -> Self {
        Self(self.0.saturating_sub(seconds as u64 * 1000))
    }
}

/// Returns the current moment, and the tokio instant of a moment.
#[derive(Debug)]
pub(crate) struct Clock {
    epoch_millis: u64,
    zero: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            epoch_millis: u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX),
            zero: Instant::now(),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        let elapsed = u64::try_from(self.zero.elapsed().as_millis()).unwrap_or(u64::MAX);
        Moment(self.epoch_millis.saturating_add(elapsed))
    }

    /// The instant at which [`Clock::now`] reaches `moment`.
    pub(crate) fn instant(&self, moment: Moment) -> Instant {
        self.zero + Duration::from_millis(moment.0.saturating_sub(self.epoch_millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_timer_does_not_fire_before_its_moment() {
        let clock = Clock::start();
        tokio::time::advance(Duration::from_micros(1700)).await;
        let due = clock.now().after_seconds(3);
        tokio::time::sleep_until(clock.instant(due)).await;
        assert!(clock.now() >= due);
    }
}
