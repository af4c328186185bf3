//! The books of one queue's leases: which messages are in hand, when each must be extended, when each
//! is lost.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::ledger::Tally;
use super::stop::Stop;
use crate::queue::{Receipt, VISIBILITY_CEILING};
use crate::telemetry::{Delivery, Fate, Heartbeat, QueueMetrics, Settled};

/// SQS's ceiling as we may use it. SQS counts from the moment it handed the message out, refuses what
/// goes beyond, and takes whole seconds, rounded up.
const CEILING: Duration = VISIBILITY_CEILING.saturating_sub(Duration::from_secs(5));

/// All leases of one queue. Entries are keyed by a number that each receive gets anew: the same message
/// can be received again while an older receive of it is still in hand.
pub(super) struct Leases {
    table: Mutex<Table>,
    visibility: Duration,
    /// Wakes the heartbeat when it may have to be earlier than it thought.
    pub(super) earlier: Notify,
    /// Wakes those who wait for a beat in flight to end.
    beaten: Notify,
    pub(super) metrics: Arc<QueueMetrics>,
    pub(super) tally: Tally,
    stop: Stop,
}

#[derive(Default)]
struct Table {
    entries: HashMap<u64, Entry>,
    due: BTreeSet<(Instant, u64)>,
    next: u64,
    in_hand: u64,
    closed: bool,
}

struct Entry {
    receipt: Receipt,
    due: Instant,
    expires: Instant,
    ceiling: Instant,
    beating: bool,
    lost: CancellationToken,
}

/// What a new lease is told.
pub(super) struct Admission {
    pub(super) lease: u64,
    pub(super) expires: Instant,
    pub(super) ceiling: Instant,
    /// Cancelled when the message is no longer ours.
    pub(super) lost: CancellationToken,
}

enum Silence {
    Beating,
    Since(Option<Instant>),
}

/// One message whose visibility timeout is to be extended.
#[derive(Debug, Clone)]
pub(super) struct Beat {
    pub(super) lease: u64,
    pub(super) receipt: Receipt,
    pub(super) timeout: Duration,
}

/// What came of a beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beaten {
    /// Extended by this much from this moment.
    Extended { sent: Instant, timeout: Duration },
    /// Not this time.
    Failed,
    /// Never again: SQS says that the message is not ours.
    Lost,
}

impl Leases {
    pub(super) fn new(visibility: Duration, metrics: Arc<QueueMetrics>, stop: Stop) -> Arc<Self> {
        Arc::new(Self {
            table: Mutex::default(),
            visibility,
            earlier: Notify::new(),
            beaten: Notify::new(),
            metrics,
            tally: Tally::default(),
            stop,
        })
    }

    /// Takes charge of a message that was received just now.
    ///
    /// The timeout is counted from the answer, not from the sending of the receive: a long poll is
    /// answered when messages come, and counting its wait would cost each message a heartbeat, that is
    /// a billed request. A third of the timeout is far more than an answer spends on its way.
    pub(super) fn admit(&self, receipt: Receipt, delivery: Delivery) -> Admission {
        let now = Instant::now();
        let lost = CancellationToken::new();
        let (due, expires) = (now + self.visibility / 3, now + self.visibility);
        let ceiling = now + CEILING;
        let entry = Entry { receipt, due, expires, ceiling, beating: false, lost: lost.clone() };
        let mut table = self.lock();
        let lease = table.next;
        table.next += 1;
        table.in_hand += 1;
        table.entries.insert(lease, entry);
        table.due.insert((due, lease));
        let is_first = table.due.first() == Some(&(due, lease));
        drop(table);
        if is_first {
            self.earlier.notify_one();
        }
        self.metrics.message_received(delivery);
        Admission { lease, expires, ceiling, lost }
    }

    /// When the next beat is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.lock().due.first().map(|(due, _)| *due)
    }

    /// Takes what is due by `until` and can still be extended. What has run out is lost.
    pub(super) fn take_due(&self, now: Instant, until: Instant) -> Vec<Beat> {
        let mut guard = self.lock();
        let table = &mut *guard;
        let mut beats = Vec::new();
        let mut lost = 0;
        while let Some(&(due, lease)) = table.due.first().filter(|(due, _)| *due <= until) {
            table.due.remove(&(due, lease));
            let Some(entry) = table.entries.get_mut(&lease) else { continue };
            // SQS refuses, rather than clamps, what would end beyond its ceiling.
            let room = entry.ceiling.saturating_duration_since(now);
            let timeout = Duration::from_secs(self.visibility.min(room).as_secs());
            if now >= entry.expires {
                entry.lost.cancel();
                lost += 1;
            } else if timeout.is_zero() {
                entry.due = entry.expires;
                table.due.insert((entry.due, lease));
                if entry.due <= until {
                    break;
                }
            } else {
                entry.beating = true;
                beats.push(Beat { lease, receipt: entry.receipt.clone(), timeout });
            }
        }
        drop(guard);
        if lost > 0 {
            self.metrics.heartbeats(Heartbeat::Lost, lost);
        }
        beats
    }

    /// A beat ended.
    pub(super) fn beaten(&self, lease: u64, result: Beaten) {
        let mut guard = self.lock();
        let table = &mut *guard;
        if let Some(entry) = table.entries.get_mut(&lease) {
            entry.beating = false;
            match result {
                Beaten::Extended { sent, timeout } => {
                    entry.expires = sent + timeout;
                    entry.due = sent + timeout / 3;
                    table.due.insert((entry.due, lease));
                }
                Beaten::Failed => {
                    entry.due = (Instant::now() + self.visibility / 15).min(entry.expires);
                    table.due.insert((entry.due, lease));
                }
                Beaten::Lost => entry.lost.cancel(),
            }
        }
        drop(guard);
        self.beaten.notify_waiters();
    }

    /// Ends the books: what is still in hand is abandoned, whoever has it.
    pub(super) fn close(&self) {
        let mut table = self.lock();
        table.closed = true;
        let left = std::mem::take(&mut table.in_hand);
        drop(table);
        for _ in 0..left {
            self.metrics.message_settled(Settled::Abandoned);
            self.tally.count(Fate::Abandoned, &self.metrics);
        }
    }

    /// Messages in hand.
    pub(super) fn in_hand(&self) -> u64 {
        self.lock().in_hand
    }

    /// Stops the beats of a lease, once none is in flight, and says when it expires; `None` where they
    /// were stopped before. Cancel-safe.
    pub(super) async fn silence(&self, lease: u64) -> Option<Instant> {
        loop {
            let beaten = self.beaten.notified();
            match self.try_silence(lease) {
                Silence::Beating => beaten.await,
                Silence::Since(expires) => return expires,
            }
        }
    }

    fn try_silence(&self, lease: u64) -> Silence {
        let mut table = self.lock();
        match table.entries.get(&lease) {
            None => Silence::Since(None),
            Some(entry) if entry.beating => Silence::Beating,
            Some(entry) => {
                let (due, expires) = (entry.due, entry.expires);
                table.due.remove(&(due, lease));
                table.entries.remove(&lease);
                Silence::Since(Some(expires))
            }
        }
    }

    /// A lease is over; it counts, unless the books are closed.
    pub(super) fn end(&self, lease: u64, settled: Settled, fate: Fate) {
        let mut table = self.lock();
        if let Some(entry) = table.entries.remove(&lease) {
            table.due.remove(&(entry.due, lease));
        }
        if table.closed {
            return;
        }
        table.in_hand -= 1;
        drop(table);
        self.metrics.message_settled(settled);
        if self.stop.has_begun() {
            self.tally.count(fate, &self.metrics);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().expect("no code panics while it holds this lock")
    }
}
