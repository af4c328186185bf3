//! The time of a run: a minute in UTC. UTC has no daylight saving time, so no minute of a day is
//! missing, and none comes twice.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::{Date, Weekday};

/// Julian day of 1970-01-01.
const EPOCH_DAY: i64 = 2_440_588;
const MINUTES_PER_DAY: i64 = 24 * 60;

/// A minute, counted from the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunTime(i64);

impl RunTime {
    /// The minute of this time.
    pub fn containing(time: SystemTime) -> Self {
        let seconds = match time.duration_since(UNIX_EPOCH) {
            Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
            Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
        };
        Self::from_unix_seconds(seconds)
    }

    /// The minute of this Unix time.
    pub fn from_unix_seconds(seconds: i64) -> Self {
        Self(seconds.div_euclid(60))
    }

    /// The Unix time of its start.
    pub fn unix_seconds(self) -> i64 {
        self.0.saturating_mul(60)
    }

    /// The time of its start. A time before the epoch is the epoch.
    pub fn start(self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(u64::try_from(self.unix_seconds()).unwrap_or(0))
    }

    /// The minute before.
    #[must_use]
    pub fn before(self) -> Self {
        Self(self.0 - 1)
    }

    /// The day, counted from the epoch.
    pub(crate) fn day(self) -> i64 {
        self.0.div_euclid(MINUTES_PER_DAY)
    }

    /// The minute of the day.
    pub(crate) fn minute_of_day(self) -> u16 {
        u16::try_from(self.0.rem_euclid(MINUTES_PER_DAY)).expect("a day has 1,440 minutes")
    }

    /// This minute of this day.
    pub(crate) fn on(day: i64, minute_of_day: u16) -> Self {
        Self(day * MINUTES_PER_DAY + i64::from(minute_of_day))
    }
}

/// A day of the calendar, counted from the epoch. `None` beyond the year 9999.
pub(crate) fn date(day: i64) -> Option<Date> {
    Date::from_julian_day(i32::try_from(EPOCH_DAY.checked_add(day)?).ok()?).ok()
}

/// The number of a day of the week: Sunday is 0.
pub(crate) fn weekday(day: Weekday) -> u8 {
    day.number_days_from_sunday()
}

/// As the daemon of Elastic Beanstalk writes it: `2026-11-29 23:00:00 UTC`.
impl fmt::Display for RunTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute) = (self.minute_of_day() / 60, self.minute_of_day() % 60);
        match date(self.day()) {
            Some(date) => {
                let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
                write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:00 UTC")
            }
            None => write!(f, "{} s after 1970", self.unix_seconds()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_written_as_the_daemon_writes_it() {
        // date -u -d '2026-11-29 23:05:00' +%s
        let run = RunTime::from_unix_seconds(1_795_993_500 + 59);
        assert_eq!(run.to_string(), "2026-11-29 23:05:00 UTC");
        assert_eq!(run.unix_seconds(), 1_795_993_500);
        assert_eq!(RunTime::containing(run.start()), run);
        assert_eq!(RunTime::from_unix_seconds(0).to_string(), "1970-01-01 00:00:00 UTC");
        assert_eq!(RunTime::from_unix_seconds(-1).to_string(), "1969-12-31 23:59:00 UTC");
        assert!(RunTime::from_unix_seconds(i64::MAX).to_string().ends_with("s after 1970"));
    }
}
