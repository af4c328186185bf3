//! The time of the queues. It reads the wall clock once and then adds tokio's elapsed time, so that
//! timestamps, timers and the paused time of a test agree. A test can put it ahead.

use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::sync::{AtomicU64, Notify};

/// The clock can be at most 10 years ahead, so that no sum of moments overflows.
pub(crate) const MAX_AHEAD_SECONDS: u64 = 3650 * 24 * 60 * 60;

/// Milliseconds since the Unix epoch, the unit of SQS timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(u64);

impl Moment {
    pub(crate) const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    pub(crate) const fn millis(self) -> u64 {
        self.0
    }

    pub(crate) const fn seconds(self) -> u64 {
        self.0 / 1000
    }

    pub(crate) fn system_time(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0)
    }

    pub(crate) const fn after_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    pub(crate) const fn after_seconds(self, seconds: u32) -> Self {
        Self(self.0.saturating_add(seconds as u64 * 1000))
    }

    pub(crate) const fn before_seconds(self, seconds: u32) -> Self {
        Self(self.0.saturating_sub(seconds as u64 * 1000))
    }
}

/// The current moment, and waiting for a moment.
#[derive(Debug)]
pub(crate) struct Clock {
    epoch_millis: u64,
    zero: Instant,
    ahead_millis: AtomicU64,
    /// Wakes the tasks in [`Clock::sleep_until`] after an advance.
    advanced: Notify,
}

/// The clock of a server cannot be this far ahead.
///
/// [`Server::advance`](crate::Server::advance) returns it. The clock is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cannot advance the clock by {} s: it is {} s ahead, and can be at most {MAX_AHEAD_SECONDS} s \
     (3650 days) ahead. Advance it by at most {} s",
    self.by.as_secs_f64(),
    self.ahead.as_secs_f64(),
    self.left().as_secs_f64()
)]
pub struct TooFarAhead {
    by: Duration,
    ahead: Duration,
}

impl TooFarAhead {
    /// The longest duration by which the clock can still be advanced.
    pub fn left(&self) -> Duration {
        Duration::from_secs(MAX_AHEAD_SECONDS).saturating_sub(self.ahead)
    }
}

impl Clock {
    pub(crate) fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            epoch_millis: u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX),
            zero: Instant::now(),
            ahead_millis: AtomicU64::new(0),
            advanced: Notify::new(),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        let elapsed = u64::try_from(self.zero.elapsed().as_millis()).unwrap_or(u64::MAX);
        let ahead = self.ahead_millis.load(Ordering::Acquire);
        Moment(self.epoch_millis.saturating_add(elapsed).saturating_add(ahead))
    }

    /// How far the clock is ahead of the wall clock and of tokio's time.
    pub(crate) fn ahead(&self) -> Duration {
        Duration::from_millis(self.ahead_millis.load(Ordering::Acquire))
    }

    /// Puts the clock ahead by `by`, rounded up to milliseconds, and wakes its sleepers.
    pub(crate) fn advance(&self, by: Duration) -> Result<(), TooFarAhead> {
        let millis = u64::try_from(by.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        let sum =
            |ahead: u64| ahead.checked_add(millis).filter(|sum| *sum <= MAX_AHEAD_SECONDS * 1000);
        self.ahead_millis
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, sum)
            .map_err(|ahead| TooFarAhead { by, ahead: Duration::from_millis(ahead) })?;
        self.advanced.notify_waiters();
        Ok(())
    }

    /// Waits until [`Clock::now`] reaches `moment`, by the passage of time or by an advance.
    pub(crate) async fn sleep_until(&self, moment: Moment) {
        loop {
            let mut advanced = std::pin::pin!(self.advanced.notified());
            // From here on, an advance that the next line does not see ends the sleep.
            advanced.as_mut().enable();
            let instant = self.instant(moment);
            tokio::select! {
                biased;
                () = advanced => {}
                () = tokio::time::sleep_until(instant) => return,
            }
        }
    }

    /// The instant at which [`Clock::now`] reaches `moment` without another advance.
    fn instant(&self, moment: Moment) -> Instant {
        let ahead = self.ahead_millis.load(Ordering::Acquire);
        let since_start = moment.0.saturating_sub(self.epoch_millis).saturating_sub(ahead);
        self.zero + Duration::from_millis(since_start)
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
        clock.sleep_until(due).await;
        assert!(clock.now() >= due);
    }

    #[tokio::test(start_paused = true)]
    async fn an_advance_shortens_a_sleep_and_ends_it() {
        let clock = Clock::start();
        let (started, due) = (Instant::now(), clock.now().after_seconds(60));
        let advance = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            clock.advance(Duration::from_secs(49)).unwrap();
        };
        tokio::join!(clock.sleep_until(due), advance);
        assert_eq!((started.elapsed().as_secs(), clock.now()), (11, due));

        let (started, due) = (Instant::now(), clock.now().after_seconds(60));
        let advance = async { clock.advance(Duration::from_secs(61)).unwrap() };
        tokio::join!(clock.sleep_until(due), advance);
        assert_eq!((started.elapsed().as_secs(), clock.now()), (0, due.after_seconds(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_clock_is_at_most_ten_years_ahead_in_all() {
        let (clock, most) = (Clock::start(), Duration::from_secs(MAX_AHEAD_SECONDS));
        let start = clock.now();
        clock.advance(Duration::from_secs(2)).unwrap();
        clock.advance(Duration::from_micros(1)).unwrap();
        assert_eq!(
            (clock.ahead(), clock.now()),
            (Duration::from_millis(2001), start.after_millis(2001))
        );
        let error = clock.advance(most).unwrap_err();
        assert_eq!(error.left(), most - Duration::from_millis(2001));
        assert_eq!(
            error.to_string(),
            "cannot advance the clock by 315360000 s: it is 2.001 s ahead, and can be at most \
             315360000 s (3650 days) ahead. Advance it by at most 315359997.999 s"
        );
        assert_eq!(clock.advance(Duration::MAX).unwrap_err().left(), error.left());
        assert_eq!(clock.ahead(), Duration::from_millis(2001), "a refused advance changes nothing");
        clock.advance(error.left()).unwrap();
        assert_eq!(clock.ahead(), most);
    }
}
