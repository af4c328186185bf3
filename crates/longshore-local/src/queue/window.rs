//! The 5 minutes for which a FIFO queue remembers deduplication ids and receive attempts.

use std::collections::{HashMap, VecDeque};

use crate::clock::Moment;

/// The deduplication interval
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html>).
const WINDOW_SECONDS: u32 = 300;

/// Values by id, each for 5 minutes.
#[derive(Debug)]
pub(super) struct Window<V> {
    values: HashMap<String, (Moment, V)>,
    /// Oldest first. If its moment differs from that of the value, the value was replaced later.
    order: VecDeque<(Moment, String)>,
}

impl<V> Window<V> {
    pub(super) fn new() -> Self {
        Self { values: HashMap::new(), order: VecDeque::new() }
    }

    pub(super) fn get(&self, now: Moment, id: &str) -> Option<&V> {
        let (since, value) = self.values.get(id)?;
        (since.after_seconds(WINDOW_SECONDS) > now).then_some(value)
    }

    pub(super) fn remember(&mut self, now: Moment, id: String, value: V) {
        self.drop_expired(now);
        self.order.push_back((now, id.clone()));
        self.values.insert(id, (now, value));
    }

    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.order.clear();
    }

    fn drop_expired(&mut self, now: Moment) {
        while let Some((since, _)) = self.order.front()
            && since.after_seconds(WINDOW_SECONDS) <= now
        {
            let (since, id) = self.order.pop_front().expect("there is a front");
            if self.values.get(&id).is_some_and(|(newest, _)| *newest == since) {
                self.values.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_dropped_after_five_minutes() {
        let start = Moment::from_millis(0);
        let mut window = Window::new();
        window.remember(start, "a".into(), 1);
        assert_eq!(window.get(start.after_seconds(299), "a"), Some(&1));
        assert_eq!(window.get(start.after_seconds(300), "a"), None);
        window.remember(start.after_seconds(300), "b".into(), 2);
        assert_eq!((window.values.len(), window.order.len()), (1, 1));
    }

    #[test]
    fn a_replaced_value_expires_from_its_own_time() {
        let start = Moment::from_millis(0);
        let mut window = Window::new();
        window.remember(start, "a".into(), 1);
        window.remember(start.after_seconds(200), "a".into(), 2);
        window.remember(start.after_seconds(301), "b".into(), 3);
        assert_eq!(window.get(start.after_seconds(301), "a"), Some(&2));
    }
}
