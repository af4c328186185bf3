//! The four days of the incident.

use std::time::Duration;

use longshore::QueueConfig;
use longshore::config::QueueConfigBuilder;
use serde::Serialize;

use crate::HOUR;

/// The first day begins at this time, which is also the beginning of a block of Prometheus. In
/// seconds since 1970: 2026-03-02 00:00 UTC, a Monday.
const BEGIN: u64 = 1_772_409_600;

/// A day, and how the workers are run on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// Each receive returns at once: the default of SQS.
    ShortPolling,
    /// A receive waits for up to 20 s for a message. Everything else is the same.
    LongPolling,
    /// An autoscaler removes workers, and they ignore SIGTERM. So they are killed.
    Killed,
    /// An autoscaler removes workers, and they drain.
    Drained,
}

impl Phase {
    pub(crate) const ALL: [Self; 4] =
        [Self::ShortPolling, Self::LongPolling, Self::Killed, Self::Drained];

    pub(crate) fn lasts(self) -> Duration {
        24 * HOUR
    }

    /// The phase whose settings are deployed in the last minutes of this one. An autoscaler needs no
    /// deploy.
    pub(crate) fn prepares(self) -> Self {
        match self {
            Self::ShortPolling | Self::LongPolling => Self::LongPolling,
            Self::Killed | Self::Drained => Self::Drained,
        }
    }

    /// Its beginning, in seconds since 1970.
    pub(crate) fn begins(self) -> u64 {
        let before = Self::ALL.into_iter().take_while(|phase| *phase != self);
        BEGIN + before.map(|phase| phase.lasts().as_secs()).sum::<u64>()
    }

    /// Whether the number of workers follows the traffic.
    pub(crate) fn is_scaled(self) -> bool {
        matches!(self, Self::Killed | Self::Drained)
    }

    /// Whether a worker that is removed drains.
    pub(crate) fn drains(self) -> bool {
        self != Self::Killed
    }

    /// The settings of the queue. The defaults, but the polling.
    pub(crate) fn config(self) -> QueueConfigBuilder {
        let config = QueueConfig::builder("orders").concurrency(200);
        match self {
            Self::ShortPolling => {
                config.wait(Duration::ZERO).short_polling(true).gather(Duration::ZERO)
            }
            Self::LongPolling | Self::Killed | Self::Drained => config,
        }
    }
}
