//! A bounded set of message ids. The oldest is dropped first.

use std::collections::{HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// Ids are kept as hashes: 100,000 messages that fail take 3 MB.
const CAPACITY: usize = 100_000;

/// The ids of recent messages.
#[derive(Debug, Default)]
pub(crate) struct RecentIds {
    hasher: RandomState,
    known: HashSet<u64>,
    order: VecDeque<u64>,
}

impl RecentIds {
    /// Adds an id. Returns whether it is new.
    pub(crate) fn insert(&mut self, id: &str) -> bool {
        let hash = self.hasher.hash_one(id);
        if !self.known.insert(hash) {
            return false;
        }
        self.order.push_back(hash);
        if self.order.len() > CAPACITY {
            let oldest = self.order.pop_front().expect("there are more than 100,000");
            self.known.remove(&oldest);
        }
        true
    }

    /// Removes an id. Returns whether it was known.
    pub(crate) fn remove(&mut self, id: &str) -> bool {
        !self.known.is_empty() && self.known.remove(&self.hasher.hash_one(id))
    }

    /// Whether the id is known.
    pub(crate) fn contains(&self, id: &str) -> bool {
        !self.known.is_empty() && self.known.contains(&self.hasher.hash_one(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_new_once_and_the_oldest_is_dropped() {
        let mut ids = RecentIds::default();
        assert!(!ids.contains("m0"));
        for n in 0..CAPACITY {
            assert!(ids.insert(&format!("m{n}")));
        }
        assert!(!ids.insert("m0") && ids.contains("m0"));
        assert!(ids.insert("one more"));
        assert!(!ids.contains("m0") && ids.contains("m1"));
        assert_eq!((ids.known.len(), ids.order.len()), (CAPACITY, CAPACITY));
    }
}
