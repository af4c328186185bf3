//! When the visibility timeout of each message must be extended, and when its lease is lost.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::backoff;
use crate::queue::Receipt;

/// The leases with heartbeats.
pub(super) struct HeartbeatSchedule {
    visibility: Duration,
    entries: HashMap<u64, Entry>,
    due: BTreeSet<(Instant, u64)>,
}

struct Entry {
    receipt: Receipt,
    due: Instant,
    extending: bool,
    /// Extensions in a row that failed.
    failures: u32,
    term: Term,
}

/// How long a lease lasts.
#[derive(Debug, Clone)]
pub(super) struct Term {
    /// The end of the visibility timeout.
    pub(super) expires: Instant,
    /// The end of the receive, which no extension changes.
    pub(super) ceiling: Instant,
    /// Cancelled when the lease is lost.
    pub(super) lost: CancellationToken,
}

/// One extension of a visibility timeout.
#[derive(Debug, Clone)]
pub(super) struct Extension {
    pub(super) lease: u64,
    pub(super) receipt: Receipt,
    pub(super) timeout: Duration,
    /// The end of the timeout that it extends.
    pub(super) expires: Instant,
}

/// How an extension ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extended {
    /// The timeout counts from this moment.
    Until { sent: Instant, timeout: Duration },
    /// Not extended. The worker tries again.
    Failed,
    /// SQS says that the lease is lost.
    Lost,
}

/// How an attempt to stop the heartbeats of a lease ended.
pub(super) enum Silence {
    /// An extension is being sent.
    Extending,
    /// The end of the lease; `None` if it was silent before.
    Silent(Option<Instant>),
}

impl HeartbeatSchedule {
    /// How long after its start a timeout is extended. A message that is settled before costs no
    /// extension. The other half is for failed extensions: more than a dozen fit in it.
    pub(super) fn extended_after(timeout: Duration) -> Duration {
        timeout / 2
    }

    pub(super) fn new(visibility: Duration) -> Self {
        Self { visibility, entries: HashMap::new(), due: BTreeSet::new() }
    }

    /// Starts the heartbeats of a lease. Returns whether its extension is the next one of all.
    pub(super) fn start(&mut self, lease: u64, receipt: Receipt, term: Term, due: Instant) -> bool {
        self.entries.insert(lease, Entry { receipt, due, extending: false, failures: 0, term });
        self.due.insert((due, lease));
        self.due.first() == Some(&(due, lease))
    }

    pub(super) fn contains(&self, lease: u64) -> bool {
        self.entries.contains_key(&lease)
    }

    /// When the next extension is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Returns the extensions that are due by `until`, and the number of leases that have ended.
    /// These are lost.
    pub(super) fn take_due(&mut self, now: Instant, until: Instant) -> (Vec<Extension>, u64) {
        let mut extensions = Vec::new();
        let mut lost = 0;
        while let Some(&(due, lease)) = self.due.first().filter(|(due, _)| *due <= until) {
            self.due.remove(&(due, lease));
            let Some(entry) = self.entries.get_mut(&lease) else { continue };
            // SQS refuses a timeout that ends after its 12 h.
            let left = entry.term.ceiling.saturating_duration_since(now);
            let timeout = Duration::from_secs(self.visibility.min(left).as_secs());
            if now >= entry.term.expires {
                entry.term.lost.cancel();
                lost += 1;
            } else if timeout.is_zero() {
                entry.due = entry.term.expires;
                self.due.insert((entry.due, lease));
                if entry.due <= until {
                    break;
                }
            } else {
                entry.extending = true;
                let (receipt, expires) = (entry.receipt.clone(), entry.term.expires);
                extensions.push(Extension { lease, receipt, timeout, expires });
            }
        }
        (extensions, lost)
    }

    /// An extension ended.
    pub(super) fn extended(&mut self, lease: u64, result: Extended) {
        let Some(entry) = self.entries.get_mut(&lease) else { return };
        entry.extending = false;
        entry.due = match result {
            Extended::Until { sent, timeout } => {
                entry.term.expires = sent + timeout;
                entry.failures = 0;
                sent + Self::extended_after(timeout)
            }
            Extended::Failed => {
                entry.failures += 1;
                let pause = backoff::heartbeat(entry.failures, self.visibility);
                (Instant::now() + pause).min(entry.term.expires)
            }
            Extended::Lost => return entry.term.lost.cancel(),
        };
        self.due.insert((entry.due, lease));
    }

    /// Whether the timeout of a lease has ended. The lease is then lost, unless an extension is being
    /// sent: after a suspension, its answer can still say that SQS has extended the timeout.
    pub(super) fn has_expired(&self, lease: u64) -> bool {
        let Some(entry) = self.entries.get(&lease) else { return false };
        let has_expired = entry.term.expires <= Instant::now();
        if has_expired && !entry.extending {
            entry.term.lost.cancel();
        }
        has_expired
    }

    /// Stops the heartbeats of a lease, unless one is being sent. A lease that has ended is lost.
    pub(super) fn silence(&mut self, lease: u64) -> Silence {
        if self.entries.get(&lease).is_some_and(|entry| entry.extending) {
            return Silence::Extending;
        }
        self.has_expired(lease);
        Silence::Silent(self.stop(lease))
    }

    /// The end of a lease with heartbeats, as far as the worker knows.
    pub(super) fn expires(&self, lease: u64) -> Option<Instant> {
        self.entries.get(&lease).map(|entry| entry.term.expires)
    }

    /// Stops the heartbeats of a lease, also when one is being sent. Returns the end of the lease.
    pub(super) fn stop(&mut self, lease: u64) -> Option<Instant> {
        let entry = self.entries.remove(&lease)?;
        self.due.remove(&(entry.due, lease));
        Some(entry.term.expires)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// SQS accepts no extension of the first lease, because 12 h have passed.
    #[test]
    fn a_lease_that_cannot_be_extended_does_not_delay_the_others() {
        let now = Instant::now();
        let mut schedule = HeartbeatSchedule::new(30 * SECOND);
        for (lease, left) in [(1, Duration::ZERO), (2, 60 * SECOND)] {
            let lost = CancellationToken::new();
            let term = Term { expires: now + SECOND, ceiling: now + left, lost };
            schedule.start(lease, Receipt::from("receipt"), term, now);
        }

        let (extensions, lost) = schedule.take_due(now, now);

        let due: Vec<_> = extensions.iter().map(|one| (one.lease, one.timeout)).collect();
        assert_eq!((due, lost), (vec![(2, 30 * SECOND)], 0));
        assert_eq!(schedule.next_due(), Some(now + SECOND));
        let (extensions, lost) = schedule.take_due(now + SECOND, now + SECOND);
        assert_eq!((extensions.len(), lost), (0, 1));
    }

    /// A process was suspended while a heartbeat had no answer. If the answer says that SQS has
    /// extended the timeout, the lease is not lost, and its message can be deleted.
    #[tokio::test(start_paused = true)]
    async fn an_answer_after_a_suspension_decides_whether_the_lease_is_lost() {
        let sent = Instant::now();
        for (result, is_lost) in [
            (Extended::Until { sent, timeout: 30 * SECOND }, false),
            (Extended::Until { sent, timeout: SECOND }, true),
            (Extended::Failed, true),
        ] {
            let now = Instant::now();
            let mut schedule = HeartbeatSchedule::new(30 * SECOND);
            let lost = CancellationToken::new();
            let term = Term { expires: now + SECOND, ceiling: now + 60 * SECOND, lost };
            schedule.start(1, Receipt::from("receipt"), term.clone(), now);
            schedule.take_due(now, now);
            tokio::time::advance(SECOND).await;
            assert!(schedule.has_expired(1) && !term.lost.is_cancelled());
            assert!(matches!(schedule.silence(1), Silence::Extending));
            schedule.extended(1, result);
            assert!(matches!(schedule.silence(1), Silence::Silent(Some(_))));
            assert_eq!(term.lost.is_cancelled(), is_lost, "{result:?}");
        }
    }
}
