//! The metrics that the checks need, and what is taken from the points of each.

use std::time::Duration;

use crate::queue::{Queue, Usage};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// The oldest message must be older on each of this many days.
const RISING_DAYS: usize = 3;

/// The points of a metric: Unix times and values, in any order.
#[derive(Debug, Clone, Default)]
pub(super) struct Series(Vec<(i64, f64)>);

impl Series {
    pub(super) fn extend(&mut self, points: impl Iterator<Item = (i64, f64)>) {
        self.0.extend(points);
    }

    /// 0 without points. The `sum` of the standard library is -0 then.
    fn sum(&self) -> f64 {
        self.0.iter().map(|(_, value)| value).fold(0.0, |sum, value| sum + value)
    }

    fn max(&self) -> Option<f64> {
        self.0.iter().map(|(_, value)| *value).reduce(f64::max)
    }

    fn in_order(&self) -> Vec<f64> {
        let mut points = self.0.clone();
        points.sort_by_key(|(time, _)| *time);
        points.into_iter().map(|(_, value)| value).collect()
    }

    fn latest(&self) -> Option<f64> {
        self.in_order().last().copied()
    }

    /// Whether each of the last days is above the one before.
    fn rises(&self) -> bool {
        let values = self.in_order();
        let last = values.get(values.len().saturating_sub(RISING_DAYS)..).unwrap_or_default();
        last.len() == RISING_DAYS && last.is_sorted_by(|a, b| a < b)
    }
}

/// A metric of SQS with a statistic and a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metric {
    Sent,
    Received,
    Deleted,
    EmptyReceives,
    SentBytes,
    LargestMessage,
    InFlight,
    Oldest,
    /// For dead-letter queues.
    OldestNow,
    /// For FIFO queues.
    Groups,
    /// For FIFO queues.
    BusiestHour,
    /// For standard queues, because any of them can be a fair queue.
    NoisyGroups,
}

impl Metric {
    const OF_ALL: [Self; 8] = [
        Self::Sent,
        Self::Received,
        Self::Deleted,
        Self::EmptyReceives,
        Self::SentBytes,
        Self::LargestMessage,
        Self::InFlight,
        Self::Oldest,
    ];

    /// The metrics of a queue.
    pub(super) fn of(queue: &Queue) -> impl Iterator<Item = Self> {
        let of_kind: &[Self] = match queue.fifo {
            true => &[Self::Groups, Self::BusiestHour],
            false => &[Self::NoisyGroups],
        };
        let of_dead_letters: &[Self] =
            if queue.is_dead_letter_queue() == Some(false) { &[] } else { &[Self::OldestNow] };
        Self::OF_ALL.iter().chain(of_kind).chain(of_dead_letters).copied()
    }

    /// The name, the statistic and the period.
    pub(super) fn query(self) -> (&'static str, &'static str, Duration) {
        match self {
            Self::Sent => ("NumberOfMessagesSent", "Sum", DAY),
            Self::Received => ("NumberOfMessagesReceived", "Sum", DAY),
            Self::Deleted => ("NumberOfMessagesDeleted", "Sum", DAY),
            Self::EmptyReceives => ("NumberOfEmptyReceives", "Sum", DAY),
            Self::SentBytes => ("SentMessageSize", "Sum", DAY),
            Self::LargestMessage => ("SentMessageSize", "Maximum", DAY),
            Self::InFlight => ("ApproximateNumberOfMessagesNotVisible", "Maximum", DAY),
            Self::Oldest => ("ApproximateAgeOfOldestMessage", "Maximum", DAY),
            Self::OldestNow => ("ApproximateAgeOfOldestMessage", "Maximum", HOUR),
            Self::Groups => ("ApproximateNumberOfGroupsWithInflightMessages", "Maximum", DAY),
            Self::BusiestHour => ("NumberOfMessagesSent", "Sum", HOUR),
            Self::NoisyGroups => ("ApproximateNumberOfNoisyGroups", "Maximum", DAY),
        }
    }

    /// Adds what the points say to the usage of their queue.
    pub(super) fn add(self, series: &Series, usage: &mut Usage) {
        let seconds =
            |seconds: Option<f64>| seconds.map(|one| Duration::from_secs_f64(one.max(0.0)));
        match self {
            Self::Sent => usage.sent = series.sum(),
            Self::Received => usage.received = series.sum(),
            Self::Deleted => usage.deleted = series.sum(),
            Self::EmptyReceives => usage.empty_receives = series.sum(),
            Self::SentBytes => usage.sent_bytes = series.sum(),
            Self::LargestMessage => usage.largest_message_bytes = series.max(),
            Self::InFlight => usage.most_in_flight = series.max(),
            Self::Oldest => {
                usage.oldest_ever = seconds(series.max());
                usage.oldest_rises = series.rises();
            }
            Self::OldestNow => usage.oldest = seconds(series.latest()),
            Self::Groups => usage.most_groups = series.max(),
            Self::BusiestHour => {
                usage.busiest_hour_per_second = series.max().map(|sum| sum / HOUR.as_secs_f64());
            }
            Self::NoisyGroups => usage.most_noisy_groups = series.max(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Series {
        let mut series = Series::default();
        series.extend((0..).zip(values.iter().copied()));
        series
    }

    #[test]
    fn an_age_rises_if_each_of_three_days_is_above_the_one_before() {
        assert!(series(&[9.0, 1.0, 2.0, 3.0]).rises());
        assert!(!series(&[1.0, 2.0, 2.0]).rises());
        assert!(!series(&[1.0, 2.0]).rises());
    }

    #[test]
    fn the_latest_point_is_that_of_the_latest_time() {
        let mut series = Series::default();
        series.extend([(20, 1.0), (10, 5.0)].into_iter());
        assert_eq!(series.latest(), Some(1.0));
        assert_eq!(series.max(), Some(5.0));
    }
}
