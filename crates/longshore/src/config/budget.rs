//! Whether a shutdown fits between SIGTERM and the platform's SIGKILL, as arithmetic.

use std::time::Duration;

use super::queue::QueueConfig;
use super::shutdown::ShutdownConfig;

/// How long a receive may take in addition to its wait: the round trip.
const ANSWER: Duration = Duration::from_secs(1);

/// The longest time that a shutdown can take, and the time that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StopBudget {
    /// The queue whose receives end last. `None` without queues.
    pub slowest_queue: Option<String>,
    /// When its last receive ends, counted from the signal. A receive is never dropped, because SQS
    /// may have answered it already.
    pub polls_end: Duration,
    /// The parts, in order. The receives end during the first, the grace.
    pub terms: [Term; 5],
    /// The time that the platform allows.
    pub limit: Duration,
}

/// One part of a shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Term {
    /// Its key under `shutdown`.
    pub key: &'static str,
    /// What happens in it.
    pub meaning: &'static str,
    /// How long it may take.
    pub time: Duration,
}

impl StopBudget {
    /// The budget of a worker with these queues.
    pub fn new<'a>(
        shutdown: &ShutdownConfig,
        queues: impl IntoIterator<Item = &'a QueueConfig>,
    ) -> Self {
        let ShutdownConfig { grace, interrupt, settle, flush, last_scrape, limit } = *shutdown;
        // The first of those with the longest wait.
        let longest =
            |a: &'a QueueConfig, b: &'a QueueConfig| if b.wait() > a.wait() { b } else { a };
        let slowest = queues.into_iter().reduce(longest);
        Self {
            slowest_queue: slowest.map(|queue| queue.name().to_owned()),
            polls_end: slowest.map_or(Duration::ZERO, |queue| queue.wait() + ANSWER),
            terms: [
                term("grace", "handlers continue", grace),
                term("interrupt", "interrupted handlers end", interrupt),
                term("settle", "deletes and releases reach SQS", settle),
                term("flush", "the last traces and metrics are exported", flush),
                term("last_scrape", "the metrics endpoint waits for the last scrape", last_scrape),
            ],
            limit,
        }
    }

    /// How long handlers may continue.
    pub fn grace(&self) -> Duration {
        self.terms[0].time
    }

    /// The sum of all parts.
    pub fn total(&self) -> Duration {
        self.terms.iter().map(|term| term.time).sum()
    }

    /// How much longer than the grace the last receive can take.
    pub fn polls_late_by(&self) -> Duration {
        self.polls_end.saturating_sub(self.grace())
    }

    /// How much longer than the limit of the platform the whole can take.
    pub fn over_limit_by(&self) -> Duration {
        self.total().saturating_sub(self.limit)
    }

    /// Whether the shutdown fits.
    pub fn fits(&self) -> bool {
        self.polls_late_by().is_zero() && self.over_limit_by().is_zero()
    }

    /// What does not fit, by how much, and what to change: one sentence each.
    pub fn complaints(&self) -> Vec<String> {
        let show = humantime::format_duration;
        let (late, over) = (self.polls_late_by(), self.over_limit_by());
        let mut complaints = Vec::new();
        if !late.is_zero() {
            complaints.push(format!(
                "the last receive of queue {} can end {} after the grace: raise shutdown.grace to {}, \
                 or lower the wait of that queue by {}",
                self.slowest_queue.as_deref().unwrap_or_default(),
                show(late),
                show(self.polls_end),
                show(late),
            ));
        }
        if !over.is_zero() {
            complaints.push(format!(
                "a shutdown can take {} longer than shutdown.limit: raise the limit of the platform \
                 and shutdown.limit to {}, or shorten the parts by {}",
                show(over),
                show(self.total()),
                show(over),
            ));
        }
        complaints
    }
}

fn term(key: &'static str, meaning: &'static str, time: Duration) -> Term {
    Term { key, meaning, time }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_wait(seconds: u64) -> QueueConfig {
        QueueConfig::builder("orders").wait(Duration::from_secs(seconds)).build().unwrap()
    }

    fn budget(shutdown: &ShutdownConfig, seconds: u64) -> StopBudget {
        StopBudget::new(shutdown, &[with_wait(seconds)])
    }

    #[test]
    fn the_defaults_fit_kubernetes_thirty_seconds_exactly() {
        let budget = budget(&ShutdownConfig::default(), 20);
        assert!(budget.fits());
        assert_eq!(budget.total(), budget.limit);
        assert!(budget.complaints().is_empty());
    }

    #[test]
    fn a_receive_that_outlasts_the_grace_does_not_fit() {
        let shutdown = ShutdownConfig::default().grace(Duration::from_secs(20));
        let late = budget(&shutdown, 20);
        assert_eq!(late.polls_late_by(), Duration::from_secs(1));
        assert_eq!(late.complaints().len(), 1);
        assert!(budget(&shutdown, 19).fits());
    }

    #[test]
    fn the_longest_wait_of_all_queues_counts() {
        let budget = StopBudget::new(&ShutdownConfig::default(), &[with_wait(1), with_wait(20)]);
        assert_eq!(budget.polls_end, Duration::from_secs(21));
    }

    #[test]
    fn parts_that_outlast_the_limit_do_not_fit() {
        let shutdown = ShutdownConfig::default().settle(Duration::from_secs(7));
        let budget = budget(&shutdown, 20);
        assert_eq!(budget.over_limit_by(), Duration::from_secs(4));
        assert!(budget.complaints()[0].contains("34s"));
    }
}
