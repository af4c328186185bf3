//! The queue itself: what it holds, and the one place where a message changes state.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::fifo_line::FifoLine;
use super::line::{Line, Spot};
use super::message::{Envelope, Key, State, Stored};
use super::send::Sent;
use super::standard_line::StandardLine;
use super::window::Window;
use crate::clock::Moment;
use crate::settings::{Number, Settings};

/// From this many receives on, a message that comes back goes to the end of a standard queue.
const RECEIVES_BEFORE_THE_BACK: u32 = 3;

/// How many messages of each kind a queue holds, and how many long polls are open on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Ready to be received.
    pub visible: usize,
    /// Received, neither deleted nor visible again.
    pub in_flight: usize,
    /// Sent with a delay that has not passed.
    pub delayed: usize,
    /// Long polls that wait for a message.
    pub polls: usize,
}

#[derive(Debug)]
pub(crate) struct Queue {
    pub(crate) settings: Settings,
    pub(super) id: u64,
    pub(super) in_flight_limit: usize,
    pub(super) messages: HashMap<Key, Stored>,
    pub(super) line: Line,
    /// Delayed and in-flight messages by when they show.
    due: BTreeSet<(Moment, Key)>,
    by_age: BTreeSet<(Moment, Key)>,
    in_flight: usize,
    delayed: usize,
    last_key: Key,
    last_place: u64,
    pub(super) last_serial: u64,
    pub(super) last_sequence: u64,
    pub(super) recently_sent: Window<Sent>,
    /// The receipts each recent FIFO receive attempt was given.
    pub(super) attempts: Window<Vec<(Key, u64)>>,
}

impl Queue {
    /// `in_flight_limit`: SQS allows about 120,000
    /// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>).
    pub(crate) fn new(settings: Settings, in_flight_limit: usize) -> Self {
        let line = match settings.fifo {
            Some(_) => Line::Fifo(FifoLine::default()),
            None => Line::Standard(StandardLine::default()),
        };
        Self {
            settings,
            id: uuid::Uuid::new_v4().as_u64_pair().0,
            in_flight_limit,
            messages: HashMap::new(),
            line,
            due: BTreeSet::new(),
            by_age: BTreeSet::new(),
            in_flight: 0,
            delayed: 0,
            last_key: 0,
            last_place: 0,
            last_serial: 0,
            last_sequence: 0,
            recently_sent: Window::new(),
            attempts: Window::new(),
        }
    }

    /// Lets time pass: shows what is due, drops what outlived its retention.
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

    /// When time alone will next change something.
    pub(crate) fn next_change(&self) -> Option<Moment> {
        let retention = self.settings[Number::MessageRetentionPeriod];
        let expiry = self.by_age.first().map(|(sent, _)| sent.after_seconds(retention));
        self.due.first().map(|&(at, _)| at).into_iter().chain(expiry).min()
    }

    /// The messages; the queue knows of no polls.
    pub(crate) fn counts(&self) -> Counts {
        let visible = self.messages.len() - self.in_flight - self.delayed;
        Counts { visible, in_flight: self.in_flight, delayed: self.delayed, polls: 0 }
    }

    pub(crate) fn is_fifo(&self) -> bool {
        self.settings.fifo.is_some()
    }

    /// Forgets every message, in flight or not.
    pub(crate) fn purge(&mut self) {
        for key in self.messages.keys().copied().collect::<Vec<_>>() {
            self.remove(key);
        }
    }

    pub(super) fn insert(&mut self, envelope: Envelope, state: State) -> &mut Stored {
        self.last_key += 1;
        self.last_place += 1;
        let (key, sent) = (self.last_key, envelope.sent);
        let stored = Stored {
            envelope: Arc::new(envelope),
            state,
            place: self.last_place,
            receives: 0,
            receives_before: 0,
            first_received: None,
            last_received: sent,
            serial: 0,
            touched: false,
        };
        let spot = Spot::of(key, &stored);
        self.line.join(&spot);
        self.enter(state, &spot);
        self.by_age.insert((sent, key));
        self.messages.entry(key).or_insert(stored)
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<Stored> {
        let stored = self.messages.remove(&key)?;
        let spot = Spot::of(key, &stored);
        self.exit(stored.state, &spot);
        self.line.leave(&spot);
        self.by_age.remove(&(stored.envelope.sent, key));
        Some(stored)
    }

    pub(super) fn transition(&mut self, key: Key, to: State) {
        let Some(stored) = self.messages.get_mut(&key) else { return };
        let from = std::mem::replace(&mut stored.state, to);
        let mut spot = Spot::of(key, stored);
        self.exit(from, &spot);
        let came_back = to == State::Visible && matches!(from, State::InFlight(_));
        if let Some(stored) = self.messages.get_mut(&key)
            && came_back
            && stored.receives >= RECEIVES_BEFORE_THE_BACK
        {
            self.last_place += 1;
            stored.place = self.last_place;
            spot.place = self.last_place;
        }
        self.enter(to, &spot);
    }

    fn enter(&mut self, state: State, spot: &Spot) {
        match state {
            State::Visible => self.line.show(spot),
            State::Delayed(until) => {
                self.due.insert((until, spot.key));
                self.delayed += 1;
            }
            State::InFlight(until) => {
                self.due.insert((until, spot.key));
                self.in_flight += 1;
            }
        }
    }

    fn exit(&mut self, state: State, spot: &Spot) {
        match state {
            State::Visible => self.line.hide(spot),
            State::Delayed(until) => {
                self.due.remove(&(until, spot.key));
                self.delayed -= 1;
            }
            State::InFlight(until) => {
                self.due.remove(&(until, spot.key));
                self.in_flight -= 1;
            }
        }
    }
}
