//! The message groups that a worker has in hand, and those that it cannot advance.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex as Turns;
use tokio::time::Instant;

use crate::queue::Message;
use crate::telemetry::QueueMetrics;

/// The groups of one FIFO queue.
pub(in crate::worker) struct Groups {
    table: Mutex<Table>,
    metrics: Arc<QueueMetrics>,
}

#[derive(Default)]
struct Table {
    groups: HashMap<Arc<str>, Group>,
    /// All groups, by the time since when they have not advanced.
    waiting: BTreeSet<(Instant, Arc<str>)>,
    in_hand: usize,
}

/// A group, while messages of it are in hand, and for a while after one of them failed.
struct Group {
    /// Locked by the lane whose messages are handled. Lanes take turns in the order in which they ask.
    turns: Arc<Turns<()>>,
    lanes: usize,
    /// Since when no message of it was processed.
    since: Instant,
    /// A message failed. If it does not come back until then, another worker has it, or it is a dead
    /// letter.
    forgotten: Option<Instant>,
}

/// The part of one lane in its group. Dropping it means that the lane has ended.
pub(super) struct Member {
    groups: Arc<Groups>,
    id: Arc<str>,
    pub(super) turns: Arc<Turns<()>>,
}

impl Groups {
    pub(in crate::worker) fn new(metrics: Arc<QueueMetrics>) -> Arc<Self> {
        Arc::new(Self { table: Mutex::default(), metrics })
    }

    /// A lane begins with this message.
    pub(super) fn enter(self: &Arc<Self>, id: Arc<str>, first: &Message) -> Member {
        let mut table = self.lock();
        let turns = table.enter(&id, first_received(first));
        self.show(&table);
        drop(table);
        Member { groups: self.clone(), id, turns }
    }

    /// Forgets groups whose failed message did not come back.
    pub(in crate::worker) fn forget_old(&self) {
        let mut table = self.lock();
        table.forget_old(Instant::now());
        self.show(&table);
    }

    fn show(&self, table: &Table) {
        let oldest = table.waiting.first().cloned();
        self.metrics.groups(table.in_hand, oldest);
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().expect("no code panics while it holds this lock")
    }
}

impl Member {
    /// A message of the group was processed.
    pub(super) fn advanced(&self) {
        self.change(|table, id| table.set_since(id, Instant::now()));
    }

    /// A message of the group failed, and comes back after this time.
    pub(super) fn failed(&self, back_after: Duration) {
        self.change(|table, id| {
            if let Some(group) = table.groups.get_mut(id) {
                group.forgotten = Some(Instant::now() + back_after);
            }
        });
    }

    fn change(&self, change: impl FnOnce(&mut Table, &Arc<str>)) {
        let mut table = self.groups.lock();
        change(&mut table, &self.id);
        self.groups.show(&table);
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.change(Table::leave);
    }
}

impl Table {
    fn enter(&mut self, id: &Arc<str>, since: Instant) -> Arc<Turns<()>> {
        let Self { groups, waiting, in_hand } = self;
        let group = groups.entry(id.clone()).or_insert_with(|| {
            waiting.insert((since, id.clone()));
            Group { turns: Arc::default(), lanes: 0, since, forgotten: None }
        });
        *in_hand += usize::from(group.lanes == 0);
        group.lanes += 1;
        group.forgotten = None;
        group.turns.clone()
    }

    fn leave(&mut self, id: &Arc<str>) {
        let Some(group) = self.groups.get_mut(id) else { return };
        group.lanes -= 1;
        if group.lanes > 0 {
            return;
        }
        self.in_hand -= 1;
        if group.forgotten.is_none() {
            self.remove(id);
        }
    }

    fn set_since(&mut self, id: &Arc<str>, since: Instant) {
        let Some(group) = self.groups.get_mut(id) else { return };
        self.waiting.remove(&(group.since, id.clone()));
        (group.since, group.forgotten) = (since, None);
        self.waiting.insert((since, id.clone()));
    }

    fn forget_old(&mut self, now: Instant) {
        let is_old = |group: &Group| {
            group.lanes == 0 && group.forgotten.is_some_and(|forgotten| forgotten <= now)
        };
        let old = self.groups.iter().filter(|(_, group)| is_old(group)).map(|(id, _)| id.clone());
        for id in Vec::from_iter(old) {
            self.remove(&id);
        }
    }

    fn remove(&mut self, id: &Arc<str>) {
        if let Some(group) = self.groups.remove(id) {
            self.waiting.remove(&(group.since, id.clone()));
        }
    }
}

/// When a message was received for the first time, by this or another worker.
fn first_received(message: &Message) -> Instant {
    let now = Instant::now();
    let ago = message
        .first_received_at
        .filter(|_| !message.is_first_delivery())
        .and_then(|then| SystemTime::now().duration_since(then).ok());
    ago.and_then(|ago| now.checked_sub(ago)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_group_is_forgotten_when_its_failed_message_did_not_come_back() {
        let (now, id) = (Instant::now(), Arc::from("customer-1"));
        let mut table = Table::default();
        let blocked = Some((now, Arc::clone(&id)));
        table.enter(&id, now);
        table.groups.get_mut(&id).unwrap().forgotten = Some(now + SECOND);
        table.forget_old(now + SECOND);
        assert_eq!(table.waiting.first().cloned(), blocked, "its lane has not ended");

        table.leave(&id);
        table.forget_old(now);
        assert_eq!(table.waiting.first().cloned(), blocked, "its message is not late");
        table.forget_old(now + SECOND);
        assert_eq!((table.waiting.first(), table.groups.len()), (None, 0));
    }
}
