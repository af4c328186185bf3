//! The queue: its messages, and every change of a message's state.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::message::{Envelope, Key, Sent, State, Stored};
use super::order::{Entry, FifoOrder, ReceiveOrder, StandardOrder};
use super::window::Window;
use crate::clock::Moment;
use crate::random_id::random_id;
use crate::settings::{Number, Settings};

/// A message with this many receives moves to the end of a standard queue when it becomes visible
/// again.
const RECEIVES_BEFORE_MOVE_TO_END: u32 = 3;

/// The number of messages in each state, and of open long polls, of one queue.
///
/// The numbers are exact, unlike the `ApproximateNumberOf…` attributes of SQS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages that a receive can take now, and those that wait behind an in-flight message of
    /// their group.
    pub visible: usize,
    /// Messages that were received, and are not yet deleted or visible again.
    pub in_flight: usize,
    /// Messages that were sent with a delay that has not ended.
    pub delayed: usize,
    /// Open long polls: receives that wait for a message.
    pub polls: usize,
}

#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) settings: Settings,
    pub(super) id: u64,
    pub(super) in_flight_limit: usize,
    pub(super) messages: HashMap<Key, Stored>,
    pub(super) order: ReceiveOrder,
    /// Delayed and in-flight messages, by the time at which they become visible.
    pub(super) due: BTreeSet<(Moment, Key)>,
    pub(super) by_age: BTreeSet<(Moment, Key)>,
    in_flight: usize,
    delayed: usize,
    last_key: Key,
    last_position: u64,
    pub(super) last_serial: u64,
    pub(super) last_sequence: u64,
    pub(super) recently_sent: Window<Sent>,
    /// The receipts that each recent receive attempt on a FIFO queue returned.
    pub(super) attempts: Window<Vec<(Key, u64)>>,
}

impl Queue {
    /// An empty queue. SQS allows about 120,000 messages in flight
    /// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>).
    pub(crate) fn new(settings: Settings, in_flight_limit: usize) -> Self {
        let order = match settings.fifo {
            Some(_) => ReceiveOrder::Fifo(FifoOrder::default()),
            None => ReceiveOrder::Standard(StandardOrder::default()),
        };
        Self {
            settings,
            id: random_id().as_u64_pair().0,
            in_flight_limit,
            messages: HashMap::new(),
            order,
            due: BTreeSet::new(),
            by_age: BTreeSet::new(),
            in_flight: 0,
            delayed: 0,
            last_key: 0,
            last_position: 0,
            last_serial: 0,
            last_sequence: 0,
            recently_sent: Window::new(),
            attempts: Window::new(),
        }
    }

    /// Applies the passage of time: shows due messages, and drops messages older than the retention
    /// period.
    pub(crate) fn advance(&mut self, now: Moment) {
        while let Some(&(at, key)) = self.due.first()
            && at <= now
        {
            self.transition(key, State::Visible);
        }
        let oldest_kept = now.before_seconds(self.settings[Number::MessageRetentionPeriod]);
        while let Some(&(sent, key)) = self.by_age.first()
            && sent <= oldest_kept
        {
            self.remove(key);
        }
    }

    /// When time alone changes the state of a message next.
    pub(crate) fn next_change(&self) -> Option<Moment> {
        let retention = self.settings[Number::MessageRetentionPeriod];
        let expiry = self.by_age.first().map(|(sent, _)| sent.after_seconds(retention));
        self.due.first().map(|&(at, _)| at).into_iter().chain(expiry).min()
    }

    /// The counts of messages. The count of polls is 0, because polls are not part of this state.
    pub(crate) fn counts(&self) -> Counts {
        let visible = self.messages.len() - self.in_flight - self.delayed;
        Counts { visible, in_flight: self.in_flight, delayed: self.delayed, polls: 0 }
    }

    pub(crate) fn is_fifo(&self) -> bool {
        self.settings.fifo.is_some()
    }

    /// Drops all messages, including those in flight, and forgets the deduplication ids.
    pub(crate) fn purge(&mut self) {
        self.recently_sent.clear();
        for key in self.messages.keys().copied().collect::<Vec<_>>() {
            self.remove(key);
        }
    }

    pub(super) fn insert(&mut self, envelope: Envelope, state: State) -> &mut Stored {
        self.last_key += 1;
        self.last_position += 1;
        let (key, sent) = (self.last_key, envelope.sent);
        let stored = Stored {
            envelope: Arc::new(envelope),
            state,
            position: self.last_position,
            receives: 0,
            previous_receives: 0,
            first_received: None,
            last_received: sent,
            serial: 0,
            responses: 0,
            visibility_changed: false,
        };
        let entry = Entry::new(key, &stored);
        self.order.insert(&entry);
        self.enter(state, &entry);
        self.by_age.insert((sent, key));
        self.messages.entry(key).or_insert(stored)
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<Stored> {
        let stored = self.messages.remove(&key)?;
        let entry = Entry::new(key, &stored);
        self.exit(stored.state, &entry);
        self.order.remove(&entry);
        self.by_age.remove(&(stored.envelope.sent, key));
        Some(stored)
    }

    pub(super) fn transition(&mut self, key: Key, to: State) {
        let Some(stored) = self.messages.get_mut(&key) else { return };
        let from = std::mem::replace(&mut stored.state, to);
        let mut entry = Entry::new(key, stored);
        self.exit(from, &entry);
        if from == State::Visible {
            self.order.hide(&entry);
        }
        let reappeared = to == State::Visible && matches!(from, State::InFlight(_));
        if let Some(stored) = self.messages.get_mut(&key)
            && reappeared
            && stored.receives >= RECEIVES_BEFORE_MOVE_TO_END
        {
            self.last_position += 1;
            stored.position = self.last_position;
            entry.position = self.last_position;
        }
        self.enter(to, &entry);
    }

    fn enter(&mut self, state: State, entry: &Entry) {
        match state {
            State::Visible => self.order.show(entry),
            State::Delayed(until) => {
                self.due.insert((until, entry.key));
                self.delayed += 1;
            }
            State::InFlight(until) => {
                self.due.insert((until, entry.key));
                self.in_flight += 1;
            }
        }
    }

    fn exit(&mut self, state: State, entry: &Entry) {
        match state {
            State::Visible => {}
            State::Delayed(until) => {
                self.due.remove(&(until, entry.key));
                self.delayed -= 1;
            }
            State::InFlight(until) => {
                self.due.remove(&(until, entry.key));
                self.in_flight -= 1;
            }
        }
    }
}
