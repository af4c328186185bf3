//! The message groups that send most, and how long their messages wait.
//!
//! A queue can have any number of groups, so they are not counted one by one. The sketch is
//! "space-saving": a fixed number of counters; a group without a counter takes over the smallest one
//! with its count. So a group with more than one in [`COUNTERS`] of the messages has a counter, and a
//! count is too high by at most that share.
//! Metwally, Agrawal, El Abbadi: *Efficient Computation of Frequent and Top-k Elements in Data
//! Streams*, 2005. <https://doi.org/10.1007/978-3-540-30570-5_27>

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

/// Groups that are counted at the same time.
const COUNTERS: usize = 64;
/// Groups that are shown.
const SHOWN: usize = 5;
/// A sketch covers this time. Those of this window and of the one before are shown.
const WINDOW: Duration = Duration::from_secs(300);

/// The busiest groups of the last 5 to 10 minutes.
#[derive(Debug, Clone, PartialEq)]
pub struct BusyGroups {
    /// Messages with a group whose handler started for the first time.
    pub messages: u64,
    /// The groups with at least one in 100 of these messages, the busiest first: at most 5.
    pub busiest: Vec<BusyGroup>,
    /// Messages of all other groups.
    pub other_messages: u64,
    /// Their mean wait; `None` without such messages.
    pub other_mean: Option<Duration>,
}

/// One group.
#[derive(Debug, Clone, PartialEq)]
pub struct BusyGroup {
    /// Its id.
    pub id: String,
    /// Its messages, at least: the sketch can miss the first ones of a group.
    pub dwell: Dwell,
}

/// How long messages waited, from their sending to the first start of their handler.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Dwell {
    /// The number of messages.
    pub messages: u64,
    /// The sum of their waits.
    pub total: Duration,
    /// The longest wait.
    pub longest: Duration,
}

/// The sketches of this window and of the one before.
#[derive(Debug)]
pub(super) struct GroupSketch(Mutex<Windows>);

#[derive(Debug)]
struct Windows {
    since: Instant,
    current: Sketch,
    before: Sketch,
}

#[derive(Debug, Default)]
struct Sketch {
    counters: HashMap<String, Counter>,
    all: Dwell,
}

#[derive(Debug, Default)]
struct Counter {
    /// What the counter had counted for other groups when this one took it over.
    inherited: u64,
    dwell: Dwell,
}

impl Dwell {
    /// The mean wait; `None` without messages.
    pub fn mean(self) -> Option<Duration> {
        (self.messages > 0).then(|| self.total.div_f64(self.messages as f64))
    }

    fn add(&mut self, waited: Duration) {
        *self = self.plus(Self { messages: 1, total: waited, longest: waited });
    }

    fn plus(self, other: Self) -> Self {
        Self {
            messages: self.messages + other.messages,
            total: self.total + other.total,
            longest: self.longest.max(other.longest),
        }
    }
}

impl GroupSketch {
    pub(super) fn new(now: Instant) -> Self {
        let (current, before) = (Sketch::default(), Sketch::default());
        Self(Mutex::new(Windows { since: now, current, before }))
    }

    /// The handler of a message of this group started for the first time.
    pub(super) fn add(&self, group: &str, waited: Duration, now: Instant) {
        let mut windows = self.lock();
        windows.advance(now);
        windows.current.add(group, waited);
    }

    /// `None` if no message had a group.
    pub(super) fn busiest(&self, now: Instant) -> Option<BusyGroups> {
        let mut windows = self.lock();
        windows.advance(now);
        windows.busiest()
    }

    fn lock(&self) -> MutexGuard<'_, Windows> {
        self.0.lock().expect("no code panics while it holds this lock")
    }
}

impl Windows {
    fn advance(&mut self, now: Instant) {
        let windows = now.saturating_duration_since(self.since).as_secs() / WINDOW.as_secs();
        if windows > 0 {
            let last = std::mem::take(&mut self.current);
            self.before = if windows == 1 { last } else { Sketch::default() };
            self.since += WINDOW * u32::try_from(windows).unwrap_or(u32::MAX);
        }
    }

    fn busiest(&self) -> Option<BusyGroups> {
        let all = self.before.all.plus(self.current.all);
        if all.messages == 0 {
            return None;
        }
        let mut groups: HashMap<&str, Dwell> = HashMap::new();
        for (id, counter) in self.before.counters.iter().chain(&self.current.counters) {
            let known = groups.entry(id).or_default();
            *known = known.plus(counter.dwell);
        }
        let mut busiest: Vec<_> = groups.into_iter().collect();
        busiest.sort_unstable_by_key(|(id, dwell)| (Reverse(dwell.messages), *id));
        busiest.truncate(SHOWN);
        busiest.retain(|(_, dwell)| dwell.messages * 100 >= all.messages);
        let shown = busiest.iter().fold(Dwell::default(), |sum, (_, dwell)| sum.plus(*dwell));
        let others = Dwell {
            messages: all.messages - shown.messages,
            total: all.total.saturating_sub(shown.total),
            longest: Duration::ZERO,
        };
        let group = |(id, dwell): (&str, Dwell)| BusyGroup { id: id.to_owned(), dwell };
        Some(BusyGroups {
            messages: all.messages,
            busiest: busiest.into_iter().map(group).collect(),
            other_messages: others.messages,
            other_mean: others.mean(),
        })
    }
}

impl Sketch {
    fn add(&mut self, group: &str, waited: Duration) {
        self.all.add(waited);
        if let Some(counter) = self.counters.get_mut(group) {
            return counter.dwell.add(waited);
        }
        let inherited = if self.counters.len() < COUNTERS { 0 } else { self.take_smallest() };
        let mut counter = Counter { inherited, ..Counter::default() };
        counter.dwell.add(waited);
        self.counters.insert(group.to_owned(), counter);
    }

    /// Removes the smallest counter, and returns its count.
    fn take_smallest(&mut self) -> u64 {
        let counts = self.counters.iter().map(|(id, counter)| (counter.count(), id));
        let Some((count, group)) = counts.min().map(|(count, id)| (count, id.clone())) else {
            return 0;
        };
        self.counters.remove(&group);
        count
    }
}

impl Counter {
    fn count(&self) -> u64 {
        self.inherited + self.dwell.messages
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ids(groups: &BusyGroups) -> Vec<&str> {
        groups.busiest.iter().map(|group| &*group.id).collect()
    }

    #[test]
    fn a_busy_group_stands_out_among_thousands() {
        let now = Instant::now();
        let sketch = GroupSketch::new(now);
        for n in 0..10_000 {
            sketch.add(&format!("tenant-{n}"), SECOND, now);
            if n % 10 == 0 {
                sketch.add("noisy", 60 * SECOND, now);
            }
        }
        let busy = sketch.busiest(now).unwrap();
        assert_eq!(ids(&busy), ["noisy"]);
        assert_eq!(busy.messages, 11_000);
        let noisy = busy.busiest[0].dwell;
        assert!((900..=1000).contains(&noisy.messages), "{noisy:?}");
        assert_eq!((noisy.mean(), noisy.longest), (Some(60 * SECOND), 60 * SECOND));
        // The messages of the busy group that the sketch missed are among the others.
        let other = busy.other_mean.unwrap().as_secs_f64();
        assert!((1.0..2.0).contains(&other), "{other}");
    }

    #[test]
    fn a_few_groups_are_counted_exactly() {
        let now = Instant::now();
        let sketch = GroupSketch::new(now);
        for (group, count) in [("a", 3), ("b", 5), ("c", 1)] {
            (0..count).for_each(|n| sketch.add(group, n * SECOND, now));
        }
        let busy = sketch.busiest(now).unwrap();
        assert_eq!(ids(&busy), ["b", "a", "c"]);
        let counts: Vec<_> = busy.busiest.iter().map(|group| group.dwell.messages).collect();
        assert_eq!(counts, [5, 3, 1]);
        assert_eq!(busy.busiest[0].dwell.mean(), Some(2 * SECOND));
        assert_eq!((busy.other_messages, busy.other_mean), (0, None));
    }

    #[test]
    fn memory_does_not_grow_with_the_number_of_groups() {
        let now = Instant::now();
        let sketch = GroupSketch::new(now);
        (0..100_000).for_each(|n| sketch.add(&n.to_string(), SECOND, now));
        assert_eq!(sketch.lock().current.counters.len(), COUNTERS);
        let busy = sketch.busiest(now).unwrap();
        assert!(busy.busiest.is_empty(), "no group stands out: {busy:?}");
        assert_eq!(busy.other_messages, 100_000);
    }

    #[test]
    fn a_group_is_forgotten_after_two_windows() {
        let now = Instant::now();
        let sketch = GroupSketch::new(now);
        sketch.add("a", SECOND, now);
        assert!(sketch.busiest(now + WINDOW).is_some());
        sketch.add("b", SECOND, now + WINDOW);
        assert_eq!(ids(&sketch.busiest(now + 2 * WINDOW).unwrap()), ["b"]);
        assert_eq!(sketch.busiest(now + 3 * WINDOW), None);
    }
}
