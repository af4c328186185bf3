//! What happened to each message that was in flight during a shutdown.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde::Serialize;

use crate::outcome::Fate;
use crate::telemetry::QueueMetrics;

/// The counts of one queue during a shutdown.
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

    /// Counts messages of a receive that was open when the shutdown began. All of them will be
    /// released.
    pub(super) fn add_from_last_poll(&self, messages: usize) {
        self.released_from_last_poll.fetch_add(messages as u64, Relaxed);
    }
}

/// The shutdown ledger: what happened to each message that was in flight when the shutdown began.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Ledger {
    /// Messages whose handler ended by itself during the drain.
    pub completed: u64,
    /// Messages that were released before a handler started, those of the last receives included.
    pub released: u64,
    /// Of these, messages of receives that were open when the shutdown began.
    pub released_from_last_poll: u64,
    /// Messages whose handler was interrupted, and which were released.
    pub aborted: u64,
    /// Messages that were neither settled nor released. They stay hidden until their visibility
    /// timeout.
    pub abandoned: u64,
    /// How long the drain took. Serialized as seconds.
    #[serde(serialize_with = "seconds")]
    pub took: Duration,
}

impl Ledger {
    /// Whether no message was aborted or abandoned.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_ledger_has_every_count() {
        let ledger = Ledger {
            completed: 1,
            released: 2,
            released_from_last_poll: 3,
            aborted: 4,
            abandoned: 5,
            took: Duration::from_millis(1_500),
        };
        let expected = "shutdown ledger: completed=1 released=2 released_from_last_poll=3 aborted=4 abandoned=5 seconds=1.5";
        assert_eq!(ledger.to_string(), expected);
    }
}
