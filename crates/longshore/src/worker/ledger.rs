//! What became of every message that was in hand during a stop.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde::Serialize;

use crate::telemetry::{Fate, QueueMetrics};

/// One queue's tally, written by its leases while the queue stops.
#[derive(Debug, Default)]
pub(super) struct Tally {
    completed: AtomicU64,
    released: AtomicU64,
    released_from_last_poll: AtomicU64,
    aborted: AtomicU64,
    abandoned: AtomicU64,
}

impl Tally {
    pub(super) fn count(&self, fate: Fate, metrics: &QueueMetrics) {
        let entry = match fate {
            Fate::Completed => &self.completed,
            Fate::Released => &self.released,
            Fate::Aborted => &self.aborted,
            Fate::Abandoned => &self.abandoned,
        };
        entry.fetch_add(1, Relaxed);
        metrics.shutdown_message(fate);
    }

    /// The last poll brought so many, all of which will be released.
    pub(super) fn last_poll_brought(&self, messages: usize) {
        self.released_from_last_poll.fetch_add(messages as u64, Relaxed);
    }
}

/// The shutdown ledger: one line that accounts for every message.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Ledger {
    /// Handlers that ended by themselves during the drain.
    pub completed: u64,
    /// Messages given back that no handler had started, those from the last poll included.
    pub released: u64,
    /// Of these, messages that a receive brought which was open when the stop began.
    pub released_from_last_poll: u64,
    /// Messages whose handler was cut off, and which were given back.
    pub aborted: u64,
    /// Messages that were neither settled nor given back: hidden until their visibility timeout.
    pub abandoned: u64,
    /// How long the drain took.
    #[serde(serialize_with = "seconds")]
    pub took: Duration,
}

impl Ledger {
    /// Whether every message was finished or given back untouched.
    pub fn is_clean(&self) -> bool {
        self.aborted == 0 && self.abandoned == 0
    }

    pub(super) fn add(&mut self, tally: &Tally) {
        self.completed += tally.completed.load(Relaxed);
        self.released += tally.released.load(Relaxed);
        self.released_from_last_poll += tally.released_from_last_poll.load(Relaxed);
        self.aborted += tally.aborted.load(Relaxed);
        self.abandoned += tally.abandoned.load(Relaxed);
    }
}

impl fmt::Display for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "shutdown ledger: completed={} released={} released_from_last_poll={} aborted={} abandoned={} seconds={:.1}",
            self.completed,
            self.released,
            self.released_from_last_poll,
            self.aborted,
            self.abandoned,
            self.took.as_secs_f64(),
        )
    }
}

fn seconds<S: serde::Serializer>(took: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(took.as_secs_f64())
}
