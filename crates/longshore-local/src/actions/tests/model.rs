//! What SQS documents about the messages of a queue and of its dead-letter queue, as simply as
//! possible: all messages in a list.

use crate::queue::Counts;

/// Seconds.
pub(super) const VISIBILITY: u64 = 10;

/// Below 3, because a standard queue moves a message to its end after three receives.
pub(super) const MAX_RECEIVES: u32 = 2;

/// The default `MessageRetentionPeriod`.
pub(super) const RETENTION: u64 = 345_600;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Source,
    Dead,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Visible,
    Delayed { until: u64 },
    InFlight { until: u64 },
    Deleted,
    Expired,
}

#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) group: Option<String>,
    pub(super) place: Place,
    pub(super) state: State,
    sent: u64,
    /// The number of its arrival in its queue.
    arrival: usize,
    /// In its queue, and in both.
    receives: u32,
    pub(super) all_receives: u32,
    /// The handle of its last receive in its queue.
    receipt: Option<String>,
    /// All handles that it ever had.
    receipts: Vec<(Place, String)>,
}

impl Message {
    fn is_in(&self, place: Place) -> bool {
        self.place == place && !matches!(self.state, State::Deleted | State::Expired)
    }

    /// Whether this is the receipt of its last receive.
    pub(super) fn is_newest(&self, receipt: &str) -> bool {
        self.receipt.as_deref() == Some(receipt)
    }

    pub(super) fn is_in_flight(&self) -> bool {
        matches!(self.state, State::InFlight { .. })
    }
}

/// Times are seconds since the start.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) fifo: bool,
    pub(super) now: u64,
    pub(super) messages: Vec<Message>,
    arrivals: usize,
    /// The message groups of each queue, in the order in which they are received.
    turns: Vec<(Place, Option<String>)>,
}

impl Model {
    pub(super) fn new(fifo: bool) -> Self {
        Self { fifo, now: 0, messages: Vec::new(), arrivals: 0, turns: Vec::new() }
    }

    pub(super) fn send(&mut self, id: String, group: Option<String>, delay: u64) {
        self.arrive(Place::Source, &group);
        let until = self.now + delay;
        self.messages.push(Message {
            id,
            group,
            place: Place::Source,
            state: if delay == 0 { State::Visible } else { State::Delayed { until } },
            sent: self.now,
            arrival: self.arrivals,
            receives: 0,
            all_receives: 0,
            receipt: None,
            receipts: Vec::new(),
        });
    }

    pub(super) fn advance(&mut self, seconds: u64) {
        self.now += seconds;
        for message in &mut self.messages {
            if let State::Delayed { until } | State::InFlight { until } = message.state
                && until <= self.now
            {
                message.state = State::Visible;
            }
            let deleted = message.state == State::Deleted;
            if !deleted && message.sent + RETENTION <= self.now {
                message.state = State::Expired;
            }
        }
    }

    /// The messages that a receive returns, in their order. Those with too many receives become
    /// dead letters.
    pub(super) fn select(&mut self, place: Place, max: usize) -> Vec<usize> {
        loop {
            let selected: Vec<usize> = self.receivable(place).into_iter().take(max).collect();
            let is_dead = |index: &usize| {
                place == Place::Source && self.messages[*index].receives >= MAX_RECEIVES
            };
            let dead: Vec<usize> = selected.iter().copied().filter(is_dead).collect();
            if dead.is_empty() {
                return selected;
            }
            dead.into_iter().for_each(|index| self.bury(index));
        }
    }

    /// A receive returned this message.
    pub(super) fn take(&mut self, index: usize, visibility: u64, receipt: String) {
        let message = &mut self.messages[index];
        message.receives += 1;
        message.all_receives += 1;
        message.receipts.push((message.place, receipt.clone()));
        message.receipt = Some(receipt);
        message.state = State::InFlight { until: self.now + visibility };
        let turn = (message.place, message.group.clone());
        self.move_behind(turn);
    }

    /// A message of this group arrives. The group of the first message starts behind the others.
    fn arrive(&mut self, place: Place, group: &Option<String>) {
        self.arrivals += 1;
        let mut here = self.messages.iter().filter(|message| message.is_in(place));
        if !here.any(|message| message.group == *group) {
            self.move_behind((place, group.clone()));
        }
    }

    fn move_behind(&mut self, turn: (Place, Option<String>)) {
        self.turns.retain(|other| *other != turn);
        self.turns.push(turn);
    }

    fn bury(&mut self, index: usize) {
        let group = self.messages[index].group.clone();
        self.arrive(Place::Dead, &group);
        let message = &mut self.messages[index];
        (message.place, message.arrival, message.receives) = (Place::Dead, self.arrivals, 0);
        message.receipt = None;
        if self.fifo {
            message.sent = self.now;
        }
    }

    /// The indexes of what a receive of any size could return. In a FIFO queue, one group after the
    /// other, each up to its first hidden message. The group that was received last is the last one.
    pub(super) fn receivable(&self, place: Place) -> Vec<usize> {
        let mut all: Vec<usize> = (0..self.messages.len()).collect();
        all.retain(|index| self.messages[*index].is_in(place));
        all.sort_by_key(|index| self.messages[*index].arrival);
        let is_visible = |index: &usize| self.messages[*index].state == State::Visible;
        if !self.fifo {
            return all.into_iter().filter(is_visible).collect();
        }
        let groups = self.turns.iter().filter(|(here, _)| *here == place).map(|(_, group)| group);
        let messages_of = |group: &Option<String>| {
            let same = all.iter().copied().filter(|index| self.messages[*index].group == *group);
            same.take_while(is_visible).collect::<Vec<_>>()
        };
        groups.flat_map(messages_of).collect()
    }

    pub(super) fn counts(&self, place: Place) -> Counts {
        let mut counts = Counts::default();
        for message in self.messages.iter().filter(|message| message.is_in(place)) {
            match message.state {
                State::Visible => counts.visible += 1,
                State::Delayed { .. } => counts.delayed += 1,
                State::InFlight { .. } => counts.in_flight += 1,
                State::Deleted | State::Expired => {}
            }
        }
        counts
    }

    /// The message of a receipt, new or old, if it is in this queue.
    pub(super) fn find(&mut self, place: Place, receipt: &str) -> Option<&mut Message> {
        let mut here = self.messages.iter_mut().filter(|message| message.is_in(place));
        here.find(|message| message.receipts.iter().any(|(of, old)| *of == place && old == receipt))
    }
}
