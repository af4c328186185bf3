//! The time budget of a stop: whether everything that a stop may take fits between SIGTERM and the
//! platform's SIGKILL. Pure arithmetic.

use std::time::Duration;

use super::options::{QueueConfig, ShutdownConfig};

/// What a receive may take beyond its wait: the way there and back.
const ANSWER: Duration = Duration::from_secs(1);

/// What a stop may take, in the worst case, and what it is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopBudget {
    /// The queue whose polls are the last to end. `None` where there is no queue.
    pub slowest_queue: Option<String>,
    /// How long after the signal its last poll ends. A poll is never dropped: SQS may have answered it.
    pub polls_end: Duration,
    /// The parts that follow one another. The polls end beside the first, the grace.
    pub terms: [Term; 5],
    /// What the platform allows.
    pub limit: Duration,
}

/// One part of a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Its key under `shutdown`.
    pub key: &'static str,
    /// What happens meanwhile.
    pub meaning: &'static str,
    /// How long it may take.
    pub time: Duration,
}

impl StopBudget {
    /// The budget of a worker with these queues.
    pub fn new(shutdown: &ShutdownConfig, queues: &[QueueConfig]) -> Self {
        let ShutdownConfig { grace, interrupt, settle, flush, last_scrape, limit } = *shutdown;
        let slowest = queues.iter().rev().max_by_key(|queue| queue.wait);
        Self {
            slowest_queue: slowest.map(|queue| queue.name.clone()),
            polls_end: slowest.map_or(Duration::ZERO, |queue| queue.wait + ANSWER),
            terms: [
                term("grace", "handlers run on", grace),
                term("interrupt", "handlers end, after being told to", interrupt),
                term("settle", "deletes and releases reach SQS", settle),
                term("flush", "traces and pushed metrics leave", flush),
                term(
                    "last_scrape",
                    "metrics stay up for whoever scrapes them, to be read once more",
                    last_scrape,
                ),
            ],
            limit,
        }
    }

    /// How long handlers may run on.
    pub fn grace(&self) -> Duration {
        self.terms[0].time
    }

    /// All parts together.
    pub fn total(&self) -> Duration {
        self.terms.iter().map(|term| term.time).sum()
    }

    /// By how much the last poll outlasts the grace.
    pub fn polls_late_by(&self) -> Duration {
        self.polls_end.saturating_sub(self.grace())
    }

    /// By how much the whole outlasts the platform's limit.
    pub fn over_limit_by(&self) -> Duration {
        self.total().saturating_sub(self.limit)
    }

    /// Whether everything fits.
    pub fn fits(&self) -> bool {
        self.polls_late_by().is_zero() && self.over_limit_by().is_zero()
    }

    /// What does not fit, by how much, and what to change; a sentence each.
    pub fn complaints(&self) -> Vec<String> {
        let show = humantime::format_duration;
        let (late, over) = (self.polls_late_by(), self.over_limit_by());
        let mut complaints = Vec::new();
        if !late.is_zero() {
            complaints.push(format!(
                "the last poll of {} may end {} after the grace: raise shutdown.grace to {}, or \
                 lower that queue's wait by {}",
                self.slowest_queue.as_deref().unwrap_or_default(),
                show(late),
                show(self.polls_end),
                show(late),
            ));
        }
        if !over.is_zero() {
            complaints.push(format!(
                "a stop may take {} longer than shutdown.limit allows: raise the platform's limit \
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
    use super::super::options::QueueAddress;
    use super::*;

    fn with_wait(seconds: u64) -> QueueConfig {
        let mut queue = QueueConfig::new(QueueAddress::Name("orders".to_owned()));
        queue.wait = Duration::from_secs(seconds);
        queue
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
    fn a_poll_that_outlasts_the_grace_does_not_fit() {
        let shutdown = ShutdownConfig { grace: Duration::from_secs(20), ..Default::default() };
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
        let shutdown = ShutdownConfig { settle: Duration::from_secs(7), ..Default::default() };
        let budget = budget(&shutdown, 20);
        assert_eq!(budget.over_limit_by(), Duration::from_secs(4));
        assert!(budget.complaints()[0].contains("34s"));
    }
}
