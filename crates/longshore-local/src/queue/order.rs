//! The order in which a receive takes visible messages, for standard and for FIFO queues.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::message::{Key, Stored};

/// A message is inserted hidden, then shown and hidden any number of times, then removed.
#[derive(Debug)]
pub(super) enum ReceiveOrder {
    Standard(StandardOrder),
    Fifo(FifoOrder),
}

/// The fields of a message that decide its order.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: Key,
    pub(super) position: u64,
    pub(super) group: Option<Arc<str>>,
}

impl Entry {
    pub(super) fn new(key: Key, stored: &Stored) -> Self {
        Self { key, position: stored.position, group: stored.envelope.group.clone() }
    }

    /// The message group. Every message of a FIFO queue has one.
    pub(super) fn group(&self) -> Arc<str> {
        self.group.clone().unwrap_or_default()
    }
}

impl ReceiveOrder {
    pub(super) fn insert(&mut self, entry: &Entry) {
        match self {
            Self::Standard(_) => {}
            Self::Fifo(order) => order.insert(entry),
        }
    }

    pub(super) fn show(&mut self, entry: &Entry) {
        match self {
            Self::Standard(order) => order.show(entry),
            Self::Fifo(order) => order.show(entry),
        }
    }

    /// Hides a message that was received. In a FIFO queue, its group moves behind the others.
    pub(super) fn hide(&mut self, entry: &Entry) {
        match self {
            Self::Standard(order) => order.hide(entry),
            Self::Fifo(order) => order.hide(entry),
        }
    }

    pub(super) fn remove(&mut self, entry: &Entry) {
        match self {
            Self::Standard(order) => order.hide(entry),
            Self::Fifo(order) => order.remove(entry),
        }
    }

    /// Whether an earlier message of the group is hidden, so that no receive can take this one.
    pub(super) fn blocks(&self, entry: &Entry) -> bool {
        match self {
            Self::Standard(_) => false,
            Self::Fifo(order) => order.blocks(entry),
        }
    }

    /// The next messages to deliver, at most `max`. It does not remove them.
    pub(super) fn peek(&self, max: usize) -> Vec<Key> {
        match self {
            Self::Standard(order) => order.peek(max),
            Self::Fifo(order) => order.peek(max),
        }
    }
}

/// All visible messages, by position.
#[derive(Debug, Default)]
pub(super) struct StandardOrder {
    visible: BTreeMap<u64, Key>,
}

impl StandardOrder {
    pub(super) fn show(&mut self, entry: &Entry) {
        self.visible.insert(entry.position, entry.key);
    }

    pub(super) fn hide(&mut self, entry: &Entry) {
        self.visible.remove(&entry.position);
    }

    pub(super) fn peek(&self, max: usize) -> Vec<Key> {
        self.visible.values().take(max).copied().collect()
    }
}

/// The messages of each group up to the first hidden one.
#[derive(Debug, Default)]
pub(super) struct FifoOrder {
    groups: HashMap<Arc<str>, Group>,
    /// The groups whose first message is visible, by their turn.
    open: BTreeMap<u64, Arc<str>>,
    last_turn: u64,
}

/// Keys ascend in the order of sending. While a message is hidden (in flight or delayed), no later
/// message of its group can be received. This keeps the group in order.
#[derive(Debug, Default)]
struct Group {
    all: BTreeSet<Key>,
    hidden: BTreeSet<Key>,
    /// When the group is received, relative to the others. It starts behind them, and moves behind
    /// them again at each receive. So a group that always fails does not starve the others.
    turn: u64,
}

impl Group {
    /// The turn of the group, if its first message is visible.
    fn open_turn(&self) -> Option<u64> {
        let first = self.all.first()?;
        (!self.hidden.contains(first)).then_some(self.turn)
    }

    fn receivable(&self) -> impl Iterator<Item = Key> {
        let barrier = self.hidden.first().copied().unwrap_or(Key::MAX);
        self.all.range(..barrier).copied()
    }
}

impl FifoOrder {
    pub(super) fn insert(&mut self, entry: &Entry) {
        let turn = self.next_turn();
        self.change(entry, |group, key| {
            if group.all.is_empty() {
                group.turn = turn;
            }
            group.all.insert(key);
            group.hidden.insert(key);
        });
    }

    pub(super) fn show(&mut self, entry: &Entry) {
        self.change(entry, |group, key| {
            group.hidden.remove(&key);
        });
    }

    pub(super) fn hide(&mut self, entry: &Entry) {
        let turn = self.next_turn();
        self.change(entry, |group, key| {
            group.turn = turn;
            group.hidden.insert(key);
        });
    }

    pub(super) fn remove(&mut self, entry: &Entry) {
        self.change(entry, |group, key| {
            group.all.remove(&key);
            group.hidden.remove(&key);
        });
    }

    /// Takes as many messages as possible from one group before the next, as SQS does.
    pub(super) fn peek(&self, max: usize) -> Vec<Key> {
        let groups = self.open.values().filter_map(|name| self.groups.get(name));
        groups.flat_map(Group::receivable).take(max).collect()
    }

    pub(super) fn blocks(&self, entry: &Entry) -> bool {
        let first_hidden = self.groups.get(&entry.group()).and_then(|group| group.hidden.first());
        first_hidden.is_some_and(|&hidden| hidden < entry.key)
    }

    fn next_turn(&mut self) -> u64 {
        self.last_turn += 1;
        self.last_turn
    }

    /// Every change to a group goes through here, so that `open` stays consistent.
    fn change(&mut self, entry: &Entry, change: impl FnOnce(&mut Group, Key)) {
        let name = entry.group();
        let group = self.groups.entry(Arc::clone(&name)).or_default();
        let before = group.open_turn();
        change(group, entry.key);
        let after = group.open_turn();
        if group.all.is_empty() {
            self.groups.remove(&name);
        }
        if before != after {
            before.map(|turn| self.open.remove(&turn));
            after.map(|turn| self.open.insert(turn, name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: Key, group: &str) -> Entry {
        Entry { key, position: key, group: Some(group.into()) }
    }

    fn order(messages: &[(Key, &str)]) -> FifoOrder {
        let mut order = FifoOrder::default();
        for (key, group) in messages {
            order.insert(&entry(*key, group));
            order.show(&entry(*key, group));
        }
        order
    }

    #[test]
    fn a_receive_exhausts_one_group_before_the_next() {
        let order = order(&[(1, "a"), (2, "b"), (3, "a"), (4, "b")]);
        assert_eq!(order.peek(3), [1, 3, 2]);
    }

    #[test]
    fn messages_after_a_hidden_one_are_not_received() {
        let mut order = order(&[(1, "a"), (2, "a"), (3, "a"), (4, "b")]);
        order.hide(&entry(1, "a"));
        assert_eq!(order.peek(10), [4]);
        assert_eq!(order.open.len(), 1, "a locked group is not in the open groups");
        order.hide(&entry(2, "a"));
        order.show(&entry(1, "a"));
        assert_eq!(order.peek(10), [4, 1], "a group is open up to its first hidden message");
        order.remove(&entry(1, "a"));
        assert_eq!(order.peek(10), [4]);
        order.remove(&entry(2, "a"));
        assert_eq!(order.peek(10), [4, 3]);
    }

    #[test]
    fn a_received_group_moves_behind_the_others() {
        let mut order = order(&[(1, "a"), (2, "b")]);
        order.hide(&entry(1, "a"));
        order.show(&entry(1, "a"));
        assert_eq!(order.peek(1), [2]);
        order.insert(&entry(3, "c"));
        order.show(&entry(3, "c"));
        assert_eq!(order.peek(10), [2, 1, 3], "a new group starts behind the others");
        order.hide(&entry(2, "b"));
        order.show(&entry(2, "b"));
        assert_eq!(order.peek(10), [1, 3, 2]);
    }

    #[test]
    fn a_removed_message_does_not_change_the_turn_of_its_group() {
        let mut order = order(&[(1, "a"), (2, "b"), (3, "a")]);
        order.remove(&entry(1, "a"));
        assert_eq!(order.peek(10), [3, 2]);
    }

    #[test]
    fn an_empty_group_is_dropped() {
        let mut order = order(&[(1, "a")]);
        order.remove(&entry(1, "a"));
        assert!(order.groups.is_empty() && order.open.is_empty());
    }
}
