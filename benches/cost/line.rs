//! The messages of the simulated queue: which are visible, in flight, deleted, and who waits for some.
//! Bookkeeping alone; the time is told to it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashSet, VecDeque};
use std::time::Duration;

use longshore::Message;
use longshore::queue::Receive;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::counts::Counts;

/// The line of messages, and of the receives that wait for one.
pub struct Line {
    pub counts: Counts,
    messages: Vec<Stored>,
    /// When those that are still to come arrive.
    coming: VecDeque<Instant>,
    /// Until when there is always another message.
    backlog_until: Option<Instant>,
    visible: VecDeque<usize>,
    /// When which message comes back, unless its `turn` has changed since.
    returns: BinaryHeap<Reverse<(Instant, usize, u32)>>,
    waiting: BTreeMap<u64, (Receive, oneshot::Sender<Vec<Message>>)>,
    next_ticket: u64,
    starts: u64,
}

struct Stored {
    arrived: Instant,
    started: Option<Instant>,
    state: State,
    receives: u32,
    /// Changes with each receive and each change of visibility.
    turn: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Visible,
    InFlight,
    Deleted,
}

impl Line {
    pub fn new(coming: VecDeque<Instant>, backlog_until: Option<Instant>) -> Self {
        Self {
            counts: Counts::default(),
            messages: Vec::with_capacity(coming.len()),
            coming,
            backlog_until,
            visible: VecDeque::new(),
            returns: BinaryHeap::new(),
            waiting: BTreeMap::new(),
            next_ticket: 0,
            starts: 0,
        }
    }

    /// Up to as many messages as a receive asks for; none for one that came after others that wait.
    pub fn take(&mut self, now: Instant, ask: Receive) -> Vec<Message> {
        self.advance(now);
        if !self.waiting.is_empty() {
            return Vec::new();
        }
        self.hand_out(now, ask)
    }

    /// A receive begins to wait. Its ticket is for [`Line::leave`].
    pub fn wait(&mut self, ask: Receive) -> (u64, oneshot::Receiver<Vec<Message>>) {
        let (sender, receiver) = oneshot::channel();
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.waiting.insert(ticket, (ask, sender));
        (ticket, receiver)
    }

    /// A receive has waited long enough. False where it was handed messages just now.
    pub fn leave(&mut self, ticket: u64) -> bool {
        self.waiting.remove(&ticket).is_some()
    }

    /// Hands out what is visible to those that wait, first come, first served, and says when there can
    /// be more; `None` while nobody waits or nothing is to come.
    pub fn serve(&mut self, now: Instant) -> Option<Instant> {
        self.advance(now);
        while let Some(first) = self.waiting.first_entry()
            && !self.visible.is_empty()
        {
            let (ask, sender) = first.remove();
            let messages = self.hand_out(now, ask);
            self.counts.receive(messages.len());
            // Nobody may be there to take them: then they stay hidden, as in SQS.
            drop(sender.send(messages));
        }
        if self.waiting.is_empty() {
            return None;
        }
        let arrival = self.coming.front().copied();
        let returned = self.returns.peek().map(|Reverse((at, ..))| *at);
        arrival.into_iter().chain(returned).min()
    }

    /// The handler of a message starts.
    pub fn start(&mut self, message: usize) {
        self.starts += 1;
        self.messages[message].started.get_or_insert_with(Instant::now);
    }

    /// Deletes what this receive of the message brought; false where a later one took it over.
    pub fn delete(&mut self, message: usize, receive: u32) -> bool {
        let stored = &mut self.messages[message];
        assert!(stored.started.is_some(), "message {message} is deleted, and nobody handled it");
        let current = stored.receives == receive && stored.state != State::Deleted;
        if current {
            if stored.state == State::Visible {
                self.visible.retain(|other| *other != message);
            }
            stored.state = State::Deleted;
            self.counts.deleted += 1;
        }
        current
    }

    /// Hides what this receive brought for so long from now; false where a later one took it over.
    pub fn hide(&mut self, now: Instant, message: usize, receive: u32, timeout: Duration) -> bool {
        let stored = &mut self.messages[message];
        let current = stored.receives == receive && stored.state == State::InFlight;
        if current {
            stored.turn += 1;
            self.returns.push(Reverse((now + timeout, message, stored.turn)));
        }
        current
    }

    pub fn visible(&self) -> usize {
        self.visible.len()
    }

    /// How long each message waited from its arrival to the start of its handler; `None` if it still does.
    pub fn waits(&self) -> Vec<(Instant, Option<Duration>)> {
        let wait = |stored: &Stored| stored.started.map(|started| started - stored.arrived);
        self.messages.iter().map(|stored| (stored.arrived, wait(stored))).collect()
    }

    /// Calls of the handler, for whatever message.
    pub fn starts(&self) -> u64 {
        self.starts
    }

    /// When every consumer has ended, every message is deleted or waits in the line: a lost one would
    /// falsify every figure.
    pub fn assert_nothing_is_lost(&mut self, now: Instant) {
        self.advance(now);
        let visible: HashSet<usize> = self.visible.iter().copied().collect();
        assert_eq!(visible.len(), self.visible.len(), "a message stands in the line twice");
        for (message, stored) in self.messages.iter().enumerate() {
            let kept = match stored.state {
                State::Visible => visible.contains(&message),
                State::InFlight => false,
                State::Deleted => !visible.contains(&message),
            };
            assert!(kept, "message {message} is lost");
        }
        let left = self.messages.len() - visible.len();
        assert_eq!(left as u64, self.counts.deleted, "messages are deleted once, or not at all");
    }

    /// What has arrived and what has come back by now is visible.
    fn advance(&mut self, now: Instant) {
        while let Some(arrived) = self.coming.pop_front_if(|at| *at <= now) {
            self.arrive(arrived);
        }
        while let Some(&Reverse((at, message, turn))) = self.returns.peek() {
            let stored = &mut self.messages[message];
            let stands = stored.state == State::InFlight && stored.turn == turn;
            if stands && at > now {
                break;
            }
            self.returns.pop();
            if stands {
                stored.state = State::Visible;
                self.visible.push_back(message);
            }
        }
    }

    fn arrive(&mut self, arrived: Instant) {
        self.visible.push_back(self.messages.len());
        let state = State::Visible;
        self.messages.push(Stored { arrived, started: None, state, receives: 0, turn: 0 });
    }

    fn hand_out(&mut self, now: Instant, ask: Receive) -> Vec<Message> {
        if self.backlog_until.is_some_and(|until| now < until) {
            while self.visible.len() < ask.max {
                self.arrive(now);
            }
        }
        let count = ask.max.min(self.visible.len());
        let taken: Vec<usize> = self.visible.drain(..count).collect();
        taken.into_iter().map(|message| self.deliver(now + ask.visibility, message)).collect()
    }

    fn deliver(&mut self, hidden_until: Instant, message: usize) -> Message {
        let stored = &mut self.messages[message];
        stored.state = State::InFlight;
        stored.receives += 1;
        stored.turn += 1;
        self.returns.push(Reverse((hidden_until, message, stored.turn)));
        self.counts.received += 1;
        self.counts.redelivered += u64::from(stored.receives > 1);
        // No times: the clock of the wall and the virtual clock do not agree.
        let receipt = format!("{message}-{}", stored.receives);
        let mut delivered = Message::new(message.to_string(), receipt, "");
        delivered.receive_count = stored.receives;
        delivered
    }
}
