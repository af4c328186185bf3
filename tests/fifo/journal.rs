//! What the handlers did, and whether the order holds.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::Notify;

use crate::Size;

/// Problems of one kind are listed up to this number.
const LISTED: usize = 10;

/// What the handlers of all workers did. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Journal(Arc<Shared>);

struct Shared {
    size: Size,
    state: Mutex<State>,
    one_done: Notify,
}

#[derive(Default)]
struct State {
    groups: BTreeMap<usize, Group>,
    done: usize,
    calls: usize,
    failed: usize,
    /// Messages that were processed again after they had been processed.
    repeated: usize,
    out_of_order: Vec<String>,
    at_once: Vec<String>,
}

/// One message group.
#[derive(Default)]
struct Group {
    /// The messages before this place are processed.
    next: usize,
    /// The handlers that run.
    running: usize,
}

/// A handler call, until it ends.
pub(crate) struct Call {
    journal: Journal,
    group: usize,
    place: usize,
    is_done: bool,
}

impl Journal {
    pub(crate) fn new(size: Size) -> Self {
        let state = Mutex::default();
        Self(Arc::new(Shared { size, state, one_done: Notify::new() }))
    }

    /// The handler of a message begins.
    pub(crate) fn begin(&self, message: usize) -> Call {
        let (group, place) = self.0.size.place(message);
        let mut state = self.lock();
        state.calls += 1;
        let of_group = state.groups.entry(group).or_default();
        let (next, running) = (of_group.next, of_group.running);
        of_group.running += 1;
        if place > next {
            state.out_of_order.push(format!("group {group}: {place} began before {next} was done"));
        }
        if running > 0 {
            state.at_once.push(format!("group {group}: {place} began while another message ran"));
        }
        Call { journal: self.clone(), group, place, is_done: false }
    }

    /// Waits until every message is processed.
    pub(crate) async fn all_done(&self) {
        self.processed(self.0.size.messages).await;
    }

    /// Waits until this number of messages is processed.
    pub(crate) async fn processed(&self, messages: usize) {
        loop {
            let changed = self.0.one_done.notified();
            if self.lock().done >= messages {
                return;
            }
            changed.await;
        }
    }

    /// What is wrong. A message may be processed again only if its lease was lost.
    pub(crate) fn problems(&self, leases_lost: usize) -> Vec<String> {
        let state = self.lock();
        let mut found = state.out_of_order.clone();
        found.truncate(LISTED);
        found.extend(state.at_once.iter().take(LISTED).cloned());
        if state.done != self.0.size.messages {
            found.push(format!(
                "{} messages were never processed",
                self.0.size.messages - state.done
            ));
        }
        if state.repeated > leases_lost {
            found.push(format!(
                "{} messages were processed again, and only {leases_lost} leases were lost",
                state.repeated
            ));
        }
        found
    }

    pub(crate) fn summary(&self) -> String {
        let State { calls, done, failed, repeated, .. } = &*self.lock();
        format!("{calls} calls: {done} processed, {failed} failed or panicked, {repeated} repeated")
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().expect("no code panics while it holds this lock")
    }
}

impl Call {
    /// The handler has processed the message.
    pub(crate) fn done(mut self) {
        self.is_done = true;
        let mut state = self.journal.lock();
        let group = state.groups.get_mut(&self.group).expect("it began");
        if group.next == self.place {
            group.next += 1;
            state.done += 1;
        } else {
            state.repeated += 1;
        }
        drop(state);
        self.journal.0.one_done.notify_waiters();
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let mut state = self.journal.lock();
        state.failed += usize::from(!self.is_done);
        state.groups.get_mut(&self.group).expect("it began").running -= 1;
    }
}
