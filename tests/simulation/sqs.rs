//! A model of SQS, from its documentation: which messages a receive returns, and what a receipt may
//! do. It has no time of its own and sends nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fastrand::Rng;
use longshore::queue::AttemptId;
use tokio::time::Instant;

use crate::mark::{Mark, Marks};

/// A receive attempt can be repeated for this time.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
const REPEATABLE: Duration = Duration::from_secs(300);
/// The longest time that a message can be hidden after a receive.
const CEILING: Duration = Duration::from_secs(12 * 3600);

pub(crate) struct Sqs {
    is_fifo: bool,
    max_receives: u32,
    /// That of every receive and heartbeat.
    visibility: Duration,
    pub(crate) messages: Vec<Stored>,
    attempts: BTreeMap<String, (Instant, Vec<(usize, u32)>)>,
}

pub(crate) struct Stored {
    pub(crate) group: usize,
    pub(crate) sent: Instant,
    pub(crate) state: State,
    pub(crate) receives: u32,
    /// Changes with each receive and each change of visibility.
    turn: u32,
    received: Instant,
    pub(crate) first_received: Option<Instant>,
    pub(crate) holder: Option<usize>,
    /// The last change of visibility since the last receive was shorter than a heartbeat.
    pub(crate) was_returned: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Visible,
    HiddenUntil(Instant),
    Deleted,
    DeadLetter,
}

/// What a worker sends to be served.
pub(crate) struct Poll {
    pub(crate) process: usize,
    pub(crate) max: usize,
    pub(crate) visibility: Duration,
    pub(crate) attempt: Option<AttemptId>,
    /// Whether messages in flight may be delivered too.
    pub(crate) duplicates: bool,
}

/// A receive of a message: its number, and the number of its receive, as in `12#1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Receipt {
    pub(crate) message: usize,
    pub(crate) receive: u32,
}

impl std::fmt::Display for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.message, self.receive)
    }
}

impl Receipt {
    pub(crate) fn list(receipts: &[Self]) -> String {
        let texts: Vec<String> = receipts.iter().map(ToString::to_string).collect();
        texts.join(" ")
    }
}

impl Sqs {
    pub(crate) fn new(is_fifo: bool, max_receives: u32, visibility: Duration) -> Self {
        let (messages, attempts) = (Vec::new(), BTreeMap::new());
        Self { is_fifo, max_receives, visibility, messages, attempts }
    }

    pub(crate) fn send(&mut self, now: Instant, group: usize) -> usize {
        self.messages.push(Stored {
            group,
            sent: now,
            state: State::Visible,
            receives: 0,
            turn: 0,
            received: now,
            first_received: None,
            holder: None,
            was_returned: false,
        });
        self.messages.len() - 1
    }

    /// Returns the messages that a receive gets now.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        poll: &Poll,
        rng: &mut Rng,
        marks: &Marks,
    ) -> Vec<Receipt> {
        if let Some(repeated) = self.repeat(now, poll) {
            marks.reach(Mark::AttemptRepeated);
            return repeated;
        }
        self.bury(now, marks);
        let mut free = self.free(now);
        if !self.is_fifo {
            rng.shuffle(&mut free);
            if !free.is_sorted() {
                marks.reach(Mark::Reordered);
            }
        }
        free.truncate(poll.max);
        if poll.duplicates && !self.is_fifo && free.len() < poll.max {
            let in_flight = |message: &usize| self.is_hidden(*message, now);
            let copy = (0..self.messages.len()).filter(in_flight).max();
            free.extend(copy.inspect(|_| marks.reach(Mark::Duplicate)));
        }
        let receipts: Vec<_> =
            free.into_iter().map(|message| self.deliver(now, poll, message, marks)).collect();
        if let Some(attempt) = poll.attempt {
            let turns =
                receipts.iter().map(|one| (one.message, self.messages[one.message].turn)).collect();
            self.attempts.insert(attempt.to_string(), (now, turns));
        }
        receipts
    }

    /// Visible messages. A group with a message in flight has none.
    fn free(&self, now: Instant) -> Vec<usize> {
        let blocked: BTreeSet<usize> = (0..self.messages.len())
            .filter(|message| self.is_fifo && self.is_hidden(*message, now))
            .map(|message| self.messages[message].group)
            .collect();
        let is_free = |message: &usize| {
            self.is_visible(*message, now) && !blocked.contains(&self.messages[*message].group)
        };
        (0..self.messages.len()).filter(is_free).collect()
    }

    /// Moves messages that were received often enough to the dead-letter queue.
    fn bury(&mut self, now: Instant, marks: &Marks) {
        for message in self.free(now) {
            if self.messages[message].receives >= self.max_receives {
                self.messages[message].state = State::DeadLetter;
                marks.reach(Mark::DeadLetter);
            }
        }
    }

    fn deliver(&mut self, now: Instant, poll: &Poll, message: usize, marks: &Marks) -> Receipt {
        let stored = &mut self.messages[message];
        if stored.holder.is_some() && !stored.was_returned {
            marks.reach(Mark::LeaseExpired);
        }
        stored.state = State::HiddenUntil(now + poll.visibility);
        stored.receives += 1;
        stored.turn += 1;
        stored.received = now;
        stored.first_received.get_or_insert(now);
        stored.holder = Some(poll.process);
        stored.was_returned = false;
        Receipt { message, receive: stored.receives }
    }

    /// What the same attempt returned, if nothing has happened to it since.
    fn repeat(&mut self, now: Instant, poll: &Poll) -> Option<Vec<Receipt>> {
        let (then, turns) = self.attempts.get(&poll.attempt?.to_string())?.clone();
        let is_unchanged = |&(message, turn): &(usize, u32)| {
            self.is_hidden(message, now) && self.messages[message].turn == turn
        };
        if now - then > REPEATABLE || turns.is_empty() || !turns.iter().all(is_unchanged) {
            return None;
        }
        let receipts = turns.iter().map(|&(message, _)| {
            let stored = &mut self.messages[message];
            stored.state = State::HiddenUntil(now + poll.visibility);
            Receipt { message, receive: stored.receives }
        });
        Some(receipts.collect())
    }

    /// Deletes a message. A stale receipt deletes nothing: a FIFO queue refuses it, and one whose
    /// visibility timeout has passed.
    pub(crate) fn delete(&mut self, now: Instant, receipt: Receipt, marks: &Marks) -> bool {
        let is_expired = self.is_fifo && self.is_visible(receipt.message, now);
        let stored = &mut self.messages[receipt.message];
        if stored.receives != receipt.receive || is_expired {
            marks.reach(Mark::StaleReceipt);
            return !self.is_fifo;
        }
        if stored.state != State::DeadLetter {
            stored.state = State::Deleted;
        }
        true
    }

    /// Changes how long a message is hidden. Only a message in flight can be changed.
    pub(crate) fn change(
        &mut self,
        now: Instant,
        receipt: Receipt,
        timeout: Duration,
        marks: &Marks,
    ) -> bool {
        let is_hidden = self.is_hidden(receipt.message, now);
        let stored = &mut self.messages[receipt.message];
        if stored.receives != receipt.receive {
            marks.reach(Mark::StaleReceipt);
            return false;
        }
        if !is_hidden || now + timeout > stored.received + CEILING {
            return false;
        }
        stored.turn += 1;
        stored.was_returned = timeout < self.visibility;
        stored.state = State::HiddenUntil(now + timeout);
        true
    }

    pub(crate) fn is_hidden(&self, message: usize, now: Instant) -> bool {
        matches!(self.messages[message].state, State::HiddenUntil(until) if until > now)
    }

    fn is_visible(&self, message: usize, now: Instant) -> bool {
        match self.messages[message].state {
            State::Visible => true,
            State::HiddenUntil(until) => until <= now,
            State::Deleted | State::DeadLetter => false,
        }
    }

    /// When the next hidden message becomes visible.
    pub(crate) fn next_return(&self, now: Instant) -> Option<Instant> {
        let until = |stored: &Stored| match stored.state {
            State::HiddenUntil(until) if until > now => Some(until),
            _ => None,
        };
        self.messages.iter().filter_map(until).min()
    }

    pub(crate) fn is_drained(&self) -> bool {
        let is_over = |stored: &Stored| matches!(stored.state, State::Deleted | State::DeadLetter);
        self.messages.iter().all(is_over)
    }
}
