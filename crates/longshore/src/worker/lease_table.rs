//! The lease table of one queue: which messages are in flight, and how each receive ends.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::heartbeat_schedule::{Extended, Extension, HeartbeatSchedule, Silence, Term};
use super::ledger::Tally;
use super::stop::Stop;
use super::undeleted::Undeleted;
use crate::outcome::{Fate, Settled};
use crate::queue::{Delivery, Message, Receipt, VISIBILITY_CEILING};
use crate::slo::{DeliveryJudge, Judgement, ReceiveEnd, Slo};
use crate::sync::{Mutex, MutexGuard, Notify};
use crate::telemetry::{Heartbeat, QueueMetrics};

/// The 12 h of SQS with a margin. SQS counts from the moment it handed out the message, refuses a
/// timeout beyond that, and takes whole seconds, which are rounded up.
const CEILING: Duration = VISIBILITY_CEILING.saturating_sub(Duration::from_secs(5));

/// All leases of one queue. Each receive has its own number, because the same message can be
/// received again while an older receive of it is still in flight.
pub(super) struct LeaseTable {
    table: Mutex<Table>,
    visibility: Duration,
    /// Wakes the heartbeat task when an extension is due earlier than before.
    pub(super) due_earlier: Notify,
    /// Wakes the tasks that wait for an extension to end.
    extension_ended: Notify,
    pub(super) metrics: Arc<QueueMetrics>,
    pub(super) tally: Tally,
    delivery: Arc<DeliveryJudge>,
    stop: Stop,
}

struct Table {
    heartbeats: HeartbeatSchedule,
    /// All leases, oldest first.
    unsettled: BTreeMap<u64, Unsettled>,
    undeleted: Undeleted,
    next: u64,
    closed: bool,
}

/// A message in flight, until its lease ends.
struct Unsettled {
    since: Instant,
    message_id: Arc<str>,
    /// The receives of the message, this one included.
    receives: u32,
    /// Its handler has processed it: only the delete is missing.
    processed: bool,
}

impl LeaseTable {
    pub(super) fn new(
        visibility: Duration,
        metrics: Arc<QueueMetrics>,
        delivery: Arc<DeliveryJudge>,
        stop: Stop,
    ) -> Arc<Self> {
        Arc::new(Self {
            table: Mutex::new(Table {
                heartbeats: HeartbeatSchedule::new(visibility),
                unsettled: BTreeMap::new(),
                undeleted: Undeleted::default(),
                next: 0,
                closed: false,
            }),
            visibility,
            due_earlier: Notify::new(),
            extension_ended: Notify::new(),
            metrics,
            tally: Tally::default(),
            delivery,
            stop,
        })
    }

    /// Adds the lease of a message that SQS handed out at `answered`, and returns its number. If
    /// the timeout has ended since, the lease is lost from the start.
    ///
    /// The timeout counts from the answer, not from the sending of the receive. A long poll is
    /// answered when a message arrives, so if its wait counted, each message would need a
    /// heartbeat, which is a billed request. The first heartbeat, after half of the timeout,
    /// leaves enough time for the round trip.
    pub(super) fn admit(&self, message: &Message, answered: Instant) -> (u64, Term) {
        let now = Instant::now();
        let lost = CancellationToken::new();
        let term = Term { expires: answered + self.visibility, ceiling: answered + CEILING, lost };
        if term.expires <= now {
            term.lost.cancel();
        }
        let mut table = self.lock();
        let lease = table.next;
        table.next += 1;
        let unsettled = Unsettled {
            since: now,
            message_id: message.id.clone(),
            receives: message.receive_count,
            processed: false,
        };
        table.unsettled.insert(lease, unsettled);
        self.metrics.oldest_unsettled(table.oldest());
        let (receipt, due) = (
            message.receipt.clone(),
            answered + HeartbeatSchedule::extended_after(self.visibility),
        );
        let is_next = table.heartbeats.start(lease, receipt, term.clone(), due);
        drop(table);
        if is_next {
            self.due_earlier.notify_one();
        }
        let first = message.is_first_delivery();
        let delivery = if first { Delivery::First } else { Delivery::Redelivery };
        self.metrics.message_received(delivery);
        let (count, first) = (message.receive_count, message.first_received_at);
        self.judge(self.delivery.received(&message.id, count, first));
        (lease, term)
    }

    /// When the next extension is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.lock().heartbeats.next_due()
    }

    /// Returns the extensions that are due by `until`. A lease that has ended is lost.
    pub(super) fn take_due(&self, now: Instant, until: Instant) -> Vec<Extension> {
        let (extensions, lost) = self.lock().heartbeats.take_due(now, until);
        if lost > 0 {
            self.metrics.heartbeats(Heartbeat::Lost, lost);
        }
        extensions
    }

    /// An extension ended.
    pub(super) fn extended(&self, lease: u64, result: Extended) {
        self.lock().heartbeats.extended(lease, result);
        self.extension_ended.notify_waiters();
    }

    /// Closes the table: every message that is still in flight counts as abandoned.
    pub(super) fn close(&self) {
        let mut table = self.lock();
        table.closed = true;
        let left = std::mem::take(&mut table.unsettled);
        self.metrics.oldest_unsettled(None);
        for unsettled in left.values() {
            if let Some((receives, end)) = table.judged(unsettled, unsettled.unsettled_end()) {
                self.judge(self.delivery.ended(&unsettled.message_id, receives, end));
            }
            self.metrics.message_settled(Settled::Abandoned);
            self.tally.count(Fate::Abandoned, &self.metrics);
        }
    }

    /// Messages in flight.
    pub(super) fn in_flight(&self) -> u64 {
        self.lock().unsettled.len() as u64
    }

    /// Whether the timeout of a lease with heartbeats has ended, for example because the process
    /// was suspended. The lease is then lost.
    pub(super) fn has_expired(&self, lease: u64) -> bool {
        self.lock().heartbeats.has_expired(lease)
    }

    /// Sends heartbeats again for a lease that waits for its delete. The first is sent after half of
    /// the time that is left, so the other half is for those that fail.
    pub(super) fn resume(&self, lease: u64, receipt: Receipt, term: Term) {
        let now = Instant::now();
        let due = now + term.expires.saturating_duration_since(now) / 2;
        let mut table = self.lock();
        if !table.unsettled.contains_key(&lease) || table.heartbeats.contains(lease) {
            return;
        }
        if table.heartbeats.start(lease, receipt, term, due) {
            drop(table);
            self.due_earlier.notify_one();
        }
    }

    /// The message of this lease is processed, and its delete has failed for long: that counts as
    /// a failure of delivery, once.
    pub(super) fn not_deleted(&self, lease: u64) {
        let table = self.lock();
        let Some(Unsettled { message_id, receives, .. }) = table.unsettled.get(&lease) else {
            return;
        };
        let (message_id, receives) = (message_id.clone(), *receives);
        drop(table);
        self.judge(self.delivery.ended(&message_id, receives, ReceiveEnd::NotDeleted));
    }

    /// Messages in flight that are not processed.
    pub(super) fn unprocessed(&self) -> u64 {
        self.lock().unsettled.values().filter(|unsettled| !unsettled.processed).count() as u64
    }

    /// The handler has processed the message of this lease.
    pub(super) fn processed(&self, lease: u64) {
        let mut guard = self.lock();
        let Table { unsettled, undeleted, .. } = &mut *guard;
        if let Some(unsettled) = unsettled.get_mut(&lease)
            && !std::mem::replace(&mut unsettled.processed, true)
        {
            undeleted.add(&unsettled.message_id, unsettled.receives);
        }
    }

    /// Whether the message was processed in an earlier receive whose delete has not succeeded yet.
    /// This lease then counts as processed too, before that delete can succeed.
    pub(super) fn joins_processed(&self, lease: u64) -> bool {
        let mut guard = self.lock();
        let Table { unsettled, undeleted, .. } = &mut *guard;
        let Some(unsettled) = unsettled.get_mut(&lease) else { return false };
        let joins = undeleted.contains(&unsettled.message_id);
        if joins {
            unsettled.processed = true;
            undeleted.add(&unsettled.message_id, unsettled.receives);
        }
        joins
    }

    /// Waits for an extension that is being sent, stops the heartbeats of a lease, and returns its
    /// end; `None` if they were stopped before. Cancel-safe.
    pub(super) async fn silence(&self, lease: u64) -> Option<Instant> {
        loop {
            let ended = self.extension_ended.notified();
            let silence = self.lock().heartbeats.silence(lease);
            match silence {
                Silence::Extending => ended.await,
                Silence::Silent(expires) => return expires,
            }
        }
    }

    /// Stops the heartbeats of a lease whose message is to be deleted, and returns its end. Does not
    /// wait for an extension that is being sent, because SQS ignores it after the delete.
    pub(super) fn silence_for_delete(&self, lease: u64) -> Option<Instant> {
        let mut table = self.lock();
        match table.heartbeats.silence(lease) {
            Silence::Extending => table.heartbeats.expires(lease),
            Silence::Silent(expires) => expires,
        }
    }

    /// A lease ended. It counts, unless the table is closed. `end` is `None` if the message was not
    /// settled.
    pub(super) fn end(&self, lease: u64, settled: Settled, fate: Fate, end: Option<ReceiveEnd>) {
        let mut table = self.lock();
        table.heartbeats.stop(lease);
        if table.closed {
            return;
        }
        let unsettled = table.unsettled.remove(&lease).expect("a lease ends once");
        self.metrics.oldest_unsettled(table.oldest());
        let end = end.unwrap_or(unsettled.unsettled_end());
        let judged = table.judged(&unsettled, end);
        drop(table);
        if let Some((receives, end)) = judged {
            self.judge(self.delivery.ended(&unsettled.message_id, receives, end));
        }
        self.metrics.message_settled(settled);
        if self.stop.has_begun() {
            self.tally.count(fate, &self.metrics);
        }
    }

    fn judge(&self, judgement: Option<Judgement>) {
        if let Some(judgement) = judgement {
            self.metrics.slo_event(Slo::Delivery, judgement);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().expect("no code panics while it holds this lock")
    }
}

impl Table {
    /// What the end of a lease is for the delivery objective, unless the message is judged.
    fn judged(&mut self, ended: &Unsettled, end: ReceiveEnd) -> Option<(u32, ReceiveEnd)> {
        match ended.processed {
            true => self.undeleted.lease_ended(&ended.message_id, end),
            false => Some((ended.receives, end)),
        }
    }

    /// Since when the oldest message is in flight.
    fn oldest(&self) -> Option<Instant> {
        self.unsettled.values().next().map(|unsettled| unsettled.since)
    }
}

impl Unsettled {
    /// How its receive ends if it is not settled.
    fn unsettled_end(&self) -> ReceiveEnd {
        if self.processed { ReceiveEnd::NotDeleted } else { ReceiveEnd::Unprocessed }
    }
}
