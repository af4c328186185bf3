//! When a task runs: the five fields of cron, in UTC.
//!
//! Libraries that parse schedules accept more than the daemon of Elastic Beanstalk, such as seconds and
//! `L`, and do not say which field is wrong. A test compares the runs with those of such a library.

use super::field::{DAY, Field, HOUR, MINUTE, MONTH, Numbers, WEEKDAY};
use super::run_time::{RunTime, date, weekday};

/// From one 29 February to the next there can be 8 years, as around 2100.
const SEARCHED_DAYS: i64 = 9 * 366;

/// The runs that are counted at most: those of every minute of 69 days.
const COUNTED_RUNS: u64 = 100_000;

/// Short forms, as the daemon of Elastic Beanstalk knows them.
const NAMED: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// The times at which a task runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    minutes: Numbers,
    hours: Numbers,
    days: Numbers,
    months: Numbers,
    weekdays: Numbers,
}

/// Why a text is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// It does not have five fields.
    #[error("{0} fields instead of five")]
    Fields(usize),
    /// A field has a value that it does not accept.
    #[error("{found:?} in the field {field}")]
    Field {
        /// The name of the field.
        field: &'static str,
        /// Its text.
        found: String,
        /// What it accepts.
        accepted: String,
    },
    /// The day does not exist, such as 31 February.
    #[error("a day that does not exist")]
    Never,
}

impl ScheduleError {
    /// What is accepted instead.
    pub fn expected(&self) -> String {
        match self {
            Self::Fields(_) => "five fields in UTC: minute, hour, day of the month, month, day of \
                                the week, as in \"0 23 * * *\" for 23:00 each day"
                .to_owned(),
            Self::Field { field, accepted, .. } => format!("in the field {field}: {accepted}"),
            Self::Never => "a day that a month has, as in \"0 0 28 2 *\"".to_owned(),
        }
    }
}

impl Schedule {
    /// Reads a schedule.
    ///
    /// # Errors
    /// If the text does not have five fields that cron accepts, or if the day never comes.
    pub fn parse(text: &str) -> Result<Self, ScheduleError> {
        let named = NAMED.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
        let text = named.map_or(text, |(_, fields)| fields);
        let fields: Vec<_> = text.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields[..] else {
            return Err(ScheduleError::Fields(fields.len()));
        };
        let schedule = Self {
            minutes: numbers(&MINUTE, minutes)?,
            hours: numbers(&HOUR, hours)?,
            days: numbers(&DAY, days)?,
            months: numbers(&MONTH, months)?,
            weekdays: numbers(&WEEKDAY, weekdays)?.with_sunday(),
        };
        let from = RunTime::from_unix_seconds(0);
        schedule.next(from).map(|_| schedule).ok_or(ScheduleError::Never)
    }

    /// The first run after this one.
    pub fn next(&self, after: RunTime) -> Option<RunTime> {
        let day = after.day();
        let later = self.minutes_of(day).find(|minute| *minute > after.minute_of_day());
        if let Some(minute) = later {
            return Some(RunTime::on(day, minute));
        }
        (day + 1..=day + SEARCHED_DAYS)
            .find_map(|day| Some(RunTime::on(day, self.minutes_of(day).next()?)))
    }

    /// The last run that is not after this time.
    pub fn latest(&self, at: RunTime) -> Option<RunTime> {
        let day = at.day();
        let earlier =
            self.minutes_of(day).take_while(|minute| *minute <= at.minute_of_day()).last();
        if let Some(minute) = earlier {
            return Some(RunTime::on(day, minute));
        }
        (day - SEARCHED_DAYS..day)
            .rev()
            .find_map(|day| Some(RunTime::on(day, self.minutes_of(day).last()?)))
    }

    /// The number of runs after the first and before the second time, at most 100,000.
    pub fn count_between(&self, after: RunTime, before: RunTime) -> u64 {
        let (mut count, mut run) = (0, after);
        while count < COUNTED_RUNS {
            match self.next(run).filter(|next| *next < before) {
                Some(next) => (count, run) = (count + 1, next),
                None => break,
            }
        }
        count
    }

    /// The minutes of a day at which the task runs, in order.
    fn minutes_of(&self, day: i64) -> impl Iterator<Item = u16> {
        let hours = if self.has_day(day) { 0..24 } else { 0..0 };
        let hours = hours.filter(|hour| self.hours.has(*hour));
        hours.flat_map(|hour| {
            let minutes = (0..60).filter(|minute| self.minutes.has(*minute));
            minutes.map(move |minute| u16::from(hour) * 60 + u16::from(minute))
        })
    }

    /// If both days are given, one of them is enough, as in cron.
    fn has_day(&self, day: i64) -> bool {
        let Some(date) = date(day) else { return false };
        let of_month = self.days.has(date.day());
        let of_week = self.weekdays.has(weekday(date.weekday()));
        let is_day = match (self.days.is_any, self.weekdays.is_any) {
            (false, false) => of_month || of_week,
            _ => of_month && of_week,
        };
        is_day && self.months.has(u8::from(date.month()))
    }
}

fn numbers(field: &Field, text: &str) -> Result<Numbers, ScheduleError> {
    field.parse(text).ok_or_else(|| ScheduleError::Field {
        field: field.name,
        found: text.to_owned(),
        accepted: field.accepted(),
    })
}

#[cfg(test)]
mod tests;
