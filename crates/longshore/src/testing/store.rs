//! The messages of a fake queue: which are visible, in flight or deleted, and which receives wait.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet, VecDeque};
use std::time::{Duration, SystemTime};

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::calls::CallCounts;
use crate::queue::{AttemptId, AttributeValue, Message, Receipt, Receive, VISIBILITY_CEILING};

/// A queue for simulations in virtual time. Its messages have empty bodies. It keeps no list of
/// calls, because there can be millions.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Simulation {
    /// When messages arrive, in order.
    pub arrivals: VecDeque<Instant>,
    /// Until this moment there is always another message.
    pub backlog_until: Option<Instant>,
    /// The time of a request without its wait: half to the queue, half back.
    pub round_trip: Duration,
    /// The number of message groups, as of a FIFO queue. Without any, messages have no group.
    pub groups: usize,
    /// Whether messages have the times at which they were sent and first received. These are times of
    /// the real clock, so two runs differ by microseconds.
    pub has_times: bool,
}

/// The messages, and the receives that wait for one.
#[derive(Default)]
pub(super) struct Store {
    pub(super) counts: CallCounts,
    messages: Vec<Stored>,
    arrivals: VecDeque<Instant>,
    backlog_until: Option<Instant>,
    has_times: bool,
    /// The number of groups of messages that arrive.
    groups: usize,
    /// Whether a message has a group.
    has_groups: bool,
    visible: VecDeque<usize>,
    /// When a message becomes visible again, unless its `turn` has changed since.
    returns: BinaryHeap<Reverse<(Instant, usize, u32)>>,
    waiting: BTreeMap<u64, (Receive, oneshot::Sender<Vec<Message>>)>,
    next_ticket: u64,
    /// What each receive attempt returned: the messages and their turns.
    attempts: HashMap<AttemptId, Vec<(usize, u32)>>,
}

struct Stored {
    arrived: Instant,
    group: Option<String>,
    body: String,
    attributes: BTreeMap<String, AttributeValue>,
    state: State,
    receives: u32,
    received_at: Instant,
    first_received: Option<Instant>,
    /// Another consumer has the message, so its receipt is no longer valid.
    stolen: bool,
    /// Changes with each receive and each change of visibility.
    turn: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Visible,
    InFlight,
    Deleted,
}

impl Store {
    pub(super) fn new() -> Self {
        Self { has_times: true, ..Self::default() }
    }

    pub(super) fn simulated(simulation: Simulation) -> Self {
        let Simulation { arrivals, backlog_until, groups, has_times, round_trip: _ } = simulation;
        Self { arrivals, backlog_until, groups, has_times, ..Self::default() }
    }

    pub(super) fn send(&mut self, now: Instant, group: Option<String>, body: String) {
        self.has_groups |= group.is_some();
        self.visible.push_back(self.messages.len());
        self.messages.push(Stored {
            arrived: now,
            group,
            body,
            attributes: BTreeMap::new(),
            state: State::Visible,
            receives: 0,
            received_at: now,
            first_received: None,
            stolen: false,
            turn: 0,
        });
    }

    /// Adds an attribute to the message that was sent last.
    pub(super) fn add_attribute(&mut self, name: &str, value: AttributeValue) {
        if let Some(last) = self.messages.last_mut() {
            last.attributes.insert(name.to_owned(), value);
        }
    }

    pub(super) fn most_receives(&self) -> u32 {
        self.messages.iter().map(|message| message.receives).max().unwrap_or(0)
    }

    /// The messages for a receive; none for a receive that came after others that wait.
    pub(super) fn take(&mut self, now: Instant, receive: Receive) -> Vec<Message> {
        self.advance(now);
        if let Some(messages) = self.repeat(now, receive) {
            return messages;
        }
        if !self.waiting.is_empty() {
            return Vec::new();
        }
        self.hand_out(now, receive)
    }

    /// A receive begins to wait. Its ticket is for [`leave`](Self::leave).
    pub(super) fn wait(&mut self, receive: Receive) -> (u64, oneshot::Receiver<Vec<Message>>) {
        let (sender, receiver) = oneshot::channel();
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        self.waiting.insert(ticket, (receive, sender));
        (ticket, receiver)
    }

    /// A receive no longer waits.
    pub(super) fn leave(&mut self, ticket: u64) {
        self.waiting.remove(&ticket);
    }

    /// Hands out visible messages to the receives that wait, in their order. Returns when there can
    /// be more.
    pub(super) fn serve(&mut self, now: Instant) -> Option<Instant> {
        self.advance(now);
        while !self.visible.is_empty()
            && let Some((_, (receive, _))) = self.waiting.first_key_value()
        {
            let messages = self.hand_out(now, *receive);
            // The groups of all visible messages have others in flight.
            if messages.is_empty() {
                break;
            }
            let Some((_, (_, sender))) = self.waiting.pop_first() else { break };
            // If the receive was dropped, its messages stay hidden, as in SQS.
            drop(sender.send(messages));
        }
        let arrival = self.arrivals.front().copied();
        let returned = self.returns.peek().map(|Reverse((at, ..))| *at);
        arrival.into_iter().chain(returned).min()
    }

    /// Deletes a message and returns its body. A stale receipt deletes nothing.
    pub(super) fn delete(&mut self, receipt: &Receipt) -> Option<String> {
        let (message, receive) = parse(receipt)?;
        let stored = self.messages.get_mut(message)?;
        let is_current = stored.is_current(receive) && stored.state != State::Deleted;
        if !is_current {
            return None;
        }
        if stored.state == State::Visible {
            self.visible.retain(|other| *other != message);
        }
        stored.state = State::Deleted;
        self.counts.deleted += 1;
        Some(std::mem::take(&mut stored.body))
    }

    /// Changes when a message becomes visible. Returns `false` for a stale receipt, and beyond 12
    /// h.
    pub(super) fn hide(&mut self, now: Instant, receipt: &Receipt, timeout: Duration) -> bool {
        let Some((message, receive)) = parse(receipt) else { return false };
        let Some(stored) = self.messages.get_mut(message) else { return false };
        let until = now + timeout;
        let is_granted = stored.is_current(receive)
            && stored.state == State::InFlight
            && until <= stored.received_at + VISIBILITY_CEILING;
        if is_granted {
            stored.turn += 1;
            self.returns.push(Reverse((until, message, stored.turn)));
        }
        is_granted
    }

    /// All messages are gone, and their receipts are stale.
    pub(super) fn expire_all(&mut self) {
        self.visible.clear();
        for message in &mut self.messages {
            message.state = State::Deleted;
            message.turn += 1;
        }
    }

    pub(super) fn steal_in_flight(&mut self) {
        let in_flight = self.messages.iter_mut().filter(|m| m.state == State::InFlight);
        in_flight.for_each(|message| message.stolen = true);
    }

    pub(super) fn visible(&mut self, now: Instant) -> usize {
        self.advance(now);
        self.visible.len()
    }

    /// Messages that are not deleted.
    pub(super) fn len(&self) -> usize {
        self.messages.iter().filter(|message| message.state != State::Deleted).count()
    }

    /// When each message arrived, in order of their ids.
    pub(super) fn arrived(&self) -> Vec<Instant> {
        self.messages.iter().map(|message| message.arrived).collect()
    }

    /// See [`FakeQueue::assert_nothing_is_lost`](super::FakeQueue::assert_nothing_is_lost).
    pub(super) fn assert_nothing_is_lost(&mut self, now: Instant) {
        self.advance(now);
        let visible: HashSet<usize> = self.visible.iter().copied().collect();
        assert_eq!(visible.len(), self.visible.len(), "a message is visible twice");
        for (message, stored) in self.messages.iter().enumerate() {
            let is_kept = match stored.state {
                State::Visible => visible.contains(&message),
                State::InFlight => false,
                State::Deleted => !visible.contains(&message),
            };
            assert!(is_kept, "message {message} is lost");
        }
    }

    /// Makes visible what has arrived and what has returned by now.
    fn advance(&mut self, now: Instant) {
        while let Some(arrived) = self.arrivals.pop_front_if(|at| *at <= now) {
            self.send(arrived, self.next_group(), String::new());
        }
        while let Some(&Reverse((at, message, turn))) = self.returns.peek() {
            let stored = &mut self.messages[message];
            let is_current = stored.state == State::InFlight && stored.turn == turn;
            if is_current && at > now {
                break;
            }
            self.returns.pop();
            if is_current {
                stored.state = State::Visible;
                self.visible.push_back(message);
            }
        }
    }

    /// The group of the next message that arrives: each group gets as many, in a mixed order.
    fn next_group(&self) -> Option<String> {
        let mixed = self.messages.len().wrapping_mul(0x9e37_79b1);
        (self.groups > 0).then(|| (mixed % self.groups).to_string())
    }

    fn hand_out(&mut self, now: Instant, receive: Receive) -> Vec<Message> {
        if self.backlog_until.is_some_and(|until| now < until) {
            while self.visible.len() < receive.max {
                self.send(now, self.next_group(), String::new());
            }
        }
        if let Some(messages) = self.repeat(now, receive) {
            return messages;
        }
        let taken = self.choose(receive.max);
        let deliver = |&message: &usize| self.deliver(now, receive.visibility, message);
        let messages = taken.iter().map(deliver).collect();
        if let Some(attempt) = receive.attempt {
            let turns = taken.iter().map(|message| (*message, self.messages[*message].turn));
            self.attempts.insert(attempt, turns.collect());
        }
        messages
    }

    /// Removes visible messages, the oldest first, and returns them. A group with messages in flight
    /// is blocked.
    fn choose(&mut self, max: usize) -> Vec<usize> {
        if !self.has_groups {
            return self.visible.drain(..max.min(self.visible.len())).collect();
        }
        self.visible.make_contiguous().sort_unstable();
        let in_flight = self.messages.iter().filter(|stored| stored.state == State::InFlight);
        let blocked: HashSet<&str> =
            in_flight.filter_map(|stored| stored.group.as_deref()).collect();
        let is_free = |message: &&usize| {
            let group = self.messages[**message].group.as_deref();
            group.is_none_or(|group| !blocked.contains(group))
        };
        let taken: Vec<usize> = self.visible.iter().filter(is_free).take(max).copied().collect();
        self.visible.retain(|message| !taken.contains(message));
        taken
    }

    /// The messages of an earlier attempt with the same id, if nothing has happened to them since.
    fn repeat(&mut self, now: Instant, receive: Receive) -> Option<Vec<Message>> {
        let turns = self.attempts.get(&receive.attempt?)?.clone();
        let is_unchanged = |&(message, turn): &(usize, u32)| {
            let stored = &self.messages[message];
            stored.state == State::InFlight && stored.turn == turn
        };
        if turns.is_empty() || !turns.iter().all(is_unchanged) {
            return None;
        }
        let messages = turns.iter().map(|(message, _)| *message);
        Some(messages.map(|message| self.hand_over(now, receive.visibility, message)).collect())
    }

    fn deliver(&mut self, now: Instant, visibility: Duration, message: usize) -> Message {
        let stored = &mut self.messages[message];
        (stored.state, stored.received_at, stored.stolen) = (State::InFlight, now, false);
        stored.receives += 1;
        stored.turn += 1;
        self.counts.received += 1;
        self.counts.redelivered += u64::from(stored.receives > 1);
        self.hand_over(now, visibility, message)
    }

    /// The message as SQS returns it, hidden for this time from now on.
    fn hand_over(&mut self, now: Instant, visibility: Duration, message: usize) -> Message {
        let stored = &mut self.messages[message];
        let first_received = *stored.first_received.get_or_insert(now);
        self.returns.push(Reverse((now + visibility, message, stored.turn)));
        let receipt = format!("{message}-{}", stored.receives);
        let mut delivered = Message::new(message.to_string(), receipt, stored.body.as_str());
        delivered.receive_count = stored.receives;
        delivered.group_id.clone_from(&stored.group);
        delivered.attributes.clone_from(&stored.attributes);
        if self.has_times {
            // As long ago as on the clock of tokio.
            let at = |instant| SystemTime::now() - now.duration_since(instant);
            delivered.sent_at = Some(at(stored.arrived));
            delivered.first_received_at = Some(at(first_received));
        }
        delivered
    }
}

impl Stored {
    fn is_current(&self, receive: u32) -> bool {
        self.receives == receive && !self.stolen
    }
}

/// The number of the message and of its receive.
fn parse(receipt: &Receipt) -> Option<(usize, u32)> {
    let (message, receive) = receipt.as_str().split_once('-')?;
    Some((message.parse().ok()?, receive.parse().ok()?))
}
