//! What a queue contains, without a receive: no count, timeout or receipt changes.

use std::sync::Arc;

use super::message::{Envelope, Key, State, Stored};
use super::order::Entry;
use super::state::{Counts, Queue};
use crate::clock::Moment;

/// A message as it is in its queue.
#[derive(Clone, Debug)]
pub(crate) struct MessageView {
    pub(crate) envelope: Arc<Envelope>,
    pub(crate) visibility: Visibility,
    /// Includes the receives in the queues from which it moved here.
    pub(crate) receive_count: u32,
    pub(crate) first_received: Option<Moment>,
}

/// Whether a receive can take a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visibility {
    Visible,
    /// Visible, but behind a message of its group that is in flight or delayed.
    Blocked,
    /// Received, and hidden until this moment.
    InFlight(Moment),
    /// Sent with a delay that ends at this moment.
    Delayed(Moment),
}

impl Queue {
    /// At most `limit` messages: those in flight, then the visible, then the delayed ones. Visible
    /// messages are in the order of the next receives, and hidden ones in the order of their return.
    pub(crate) fn snapshot(&self, limit: usize) -> Vec<MessageView> {
        let shares = shares(self.counts(), limit);
        let in_flight = self.hidden(|state| matches!(state, State::InFlight(_)));
        let delayed = self.hidden(|state| matches!(state, State::Delayed(_)));
        let keys = in_flight.take(shares.in_flight).chain(self.visible(shares.visible));
        let keys = keys.chain(delayed.take(shares.delayed));
        keys.filter_map(|key| Some(self.message_view(key, self.messages.get(&key)?))).collect()
    }

    /// The message with this id.
    pub(crate) fn message(&self, id: &str) -> Option<MessageView> {
        let found =
            self.messages.iter().find(|(_, stored)| stored.envelope.content.message_id == id);
        found.map(|(&key, stored)| self.message_view(key, stored))
    }

    pub(super) fn message_view(&self, key: Key, stored: &Stored) -> MessageView {
        let visibility = match stored.state {
            State::Visible if self.order.blocks(&Entry::new(key, stored)) => Visibility::Blocked,
            State::Visible => Visibility::Visible,
            State::InFlight(until) => Visibility::InFlight(until),
            State::Delayed(until) => Visibility::Delayed(until),
        };
        MessageView {
            envelope: Arc::clone(&stored.envelope),
            visibility,
            receive_count: stored.previous_receives + stored.receives,
            first_received: stored.first_received,
        }
    }

    fn hidden(&self, is_wanted: impl Fn(State) -> bool) -> impl Iterator<Item = Key> {
        self.due
            .iter()
            .map(|&(_, key)| key)
            .filter(move |key| self.messages.get(key).is_some_and(|stored| is_wanted(stored.state)))
    }

    /// The messages that a receive can take, then those behind a hidden message of their group.
    fn visible(&self, max: usize) -> Vec<Key> {
        let mut keys = self.order.peek(max);
        if keys.len() < max && self.is_fifo() {
            let blocked = self.by_age.iter().map(|&(_, key)| key).filter(|key| {
                self.messages.get(key).is_some_and(|stored| {
                    stored.state == State::Visible && self.order.blocks(&Entry::new(*key, stored))
                })
            });
            keys.extend(blocked.take(max - keys.len()));
        }
        keys
    }
}

/// How many messages of each state are part of a snapshot. Each state gets a quarter of `limit`, and
/// the visible messages get what the others do not use.
fn shares(counts: Counts, limit: usize) -> Counts {
    let quarter = limit / 4;
    let mut left = limit;
    let mut take = |count: usize, max: usize| {
        let taken = count.min(max).min(left);
        left -= taken;
        taken
    };
    let mut shares = Counts {
        in_flight: take(counts.in_flight, quarter),
        delayed: take(counts.delayed, quarter),
        visible: take(counts.visible, limit),
        polls: 0,
    };
    shares.in_flight += take(counts.in_flight - shares.in_flight, limit);
    shares.delayed += take(counts.delayed - shares.delayed, limit);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(in_flight: usize, visible: usize, delayed: usize) -> Counts {
        Counts { visible, in_flight, delayed, polls: 0 }
    }

    #[test]
    fn the_shares_of_the_states_fill_the_limit() {
        for (counts, expected) in [
            (of(1, 2, 3), of(1, 2, 3)),
            (of(500, 500, 500), of(25, 50, 25)),
            (of(500, 0, 0), of(100, 0, 0)),
            (of(0, 500, 10), of(0, 90, 10)),
            (of(80, 10, 80), of(65, 10, 25)),
        ] {
            assert_eq!(shares(counts, 100), expected, "{counts:?}");
        }
        assert_eq!(shares(of(1, 2, 3), usize::MAX), of(1, 2, 3));
    }
}
