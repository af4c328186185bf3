//! A FIFO queue's line: of each message group, the messages up to the first hidden one.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::line::Spot;
use super::message::Key;

#[derive(Debug, Default)]
pub(super) struct FifoLine {
    groups: HashMap<Arc<str>, Group>,
    /// Groups whose first message is visible, by that message.
    open: BTreeMap<Key, Arc<str>>,
}

/// Keys ascend in the order of sending. While a message is hidden (in flight, delayed), none behind it
/// may be received: that is what keeps a group in order.
#[derive(Debug, Default)]
struct Group {
    all: BTreeSet<Key>,
    hidden: BTreeSet<Key>,
}

impl Group {
    /// The key under which the group is listed as open.
    fn head(&self) -> Option<Key> {
        self.all.first().copied().filter(|first| !self.hidden.contains(first))
    }

    fn receivable(&self) -> impl Iterator<Item = Key> {
        let barrier = self.hidden.first().copied().unwrap_or(Key::MAX);
        self.all.range(..barrier).copied()
    }
}

impl FifoLine {
    pub(super) fn join(&mut self, spot: &Spot) {
        self.change(spot, |group, key| {
            group.all.insert(key);
            group.hidden.insert(key);
        });
    }

    pub(super) fn show(&mut self, spot: &Spot) {
        self.change(spot, |group, key| {
            group.hidden.remove(&key);
        });
    }

    pub(super) fn hide(&mut self, spot: &Spot) {
        self.change(spot, |group, key| {
            group.hidden.insert(key);
        });
    }

    pub(super) fn leave(&mut self, spot: &Spot) {
        self.change(spot, |group, key| {
            group.all.remove(&key);
            group.hidden.remove(&key);
        });
    }

    /// As many of one group as there are before going on to the next, as SQS does.
    pub(super) fn pick(&self, most: usize) -> Vec<Key> {
        let groups = self.open.values().filter_map(|name| self.groups.get(name));
        groups.flat_map(Group::receivable).take(most).collect()
    }

    /// The one place where a group changes, so that `open` always follows.
    fn change(&mut self, spot: &Spot, change: impl FnOnce(&mut Group, Key)) {
        let name = spot.group();
        let group = self.groups.entry(Arc::clone(&name)).or_default();
        let before = group.head();
        change(group, spot.key);
        let after = group.head();
        if group.all.is_empty() {
            self.groups.remove(&name);
        }
        if before != after {
            before.map(|key| self.open.remove(&key));
            after.map(|key| self.open.insert(key, name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spot(key: Key, group: &str) -> Spot {
        Spot { key, place: key, group: Some(group.into()) }
    }

    fn line(messages: &[(Key, &str)]) -> FifoLine {
        let mut line = FifoLine::default();
        for (key, group) in messages {
            line.join(&spot(*key, group));
            line.show(&spot(*key, group));
        }
        line
    }

    #[test]
    fn a_receive_takes_one_group_before_the_next() {
        let line = line(&[(1, "a"), (2, "b"), (3, "a"), (4, "b")]);
        assert_eq!(line.pick(3), [1, 3, 2]);
    }

    #[test]
    fn nothing_behind_a_hidden_message_is_taken() {
        let mut line = line(&[(1, "a"), (2, "a"), (3, "a"), (4, "b")]);
        line.hide(&spot(1, "a"));
        assert_eq!(line.pick(10), [4]);
        assert!(!line.open.contains_key(&1), "a receive does not even look at a locked group");
        line.hide(&spot(2, "a"));
        line.show(&spot(1, "a"));
        assert_eq!(line.pick(10), [1, 4], "a group is open up to its first hidden message");
        line.leave(&spot(1, "a"));
        assert_eq!(line.pick(10), [4]);
        line.leave(&spot(2, "a"));
        assert_eq!(line.pick(10), [3, 4]);
    }

    #[test]
    fn an_empty_group_is_forgotten() {
        let mut line = line(&[(1, "a")]);
        line.leave(&spot(1, "a"));
        assert!(line.groups.is_empty() && line.open.is_empty());
    }
}
