//! The handle every request and task of a queue shares.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use super::polls::Polls;
use super::receive::Burial;
use crate::clock::{Clock, Moment};
use crate::directory::Directory;
use crate::queue::{Counts, Queue};

#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) name: String,
    pub(crate) arn: Arc<str>,
    pub(crate) created: Moment,
    pub(super) clock: Arc<Clock>,
    /// Where dead letters find their queue.
    pub(super) directory: Weak<Directory>,
    /// Held for one action, never across an await. Under it the directory may be read; the reverse,
    /// taking this lock while holding the directory's, never happens.
    state: Mutex<State>,
    /// Wakes the timekeeper: something is due earlier than it thinks, or the queue is gone.
    pub(super) rearm: Notify,
    pub(super) counts_changed: Notify,
    pub(super) watchers: AtomicUsize,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) queue: Queue,
    pub(super) polls: Polls,
    pub(super) deleted: bool,
    /// When the timekeeper will wake by itself.
    pub(super) armed: Option<Moment>,
    /// The counts that watchers were last told of.
    told: Counts,
    notes: Notes,
}

/// What a queue is labelled with; no message depends on it.
#[derive(Debug)]
pub(crate) struct Notes {
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) modified: Moment,
    pub(crate) purged: Option<Moment>,
}

impl Live {
    pub(crate) fn new(name: String, arn: String, queue: Queue, directory: &Arc<Directory>) -> Self {
        let clock = Arc::clone(directory.clock());
        let now = clock.now();
        let notes = Notes { tags: BTreeMap::new(), modified: now, purged: None };
        let state = State {
            queue,
            polls: Polls::default(),
            deleted: false,
            armed: None,
            told: Counts::default(),
            notes,
        };
        Self {
            name,
            arn: arn.into(),
            created: now,
            clock,
            directory: Arc::downgrade(directory),
            state: Mutex::new(state),
            rearm: Notify::new(),
            counts_changed: Notify::new(),
            watchers: AtomicUsize::new(0),
        }
    }

    /// Does something to the queue as it is now, then serves the polls it made servable.
    pub(crate) fn act<T>(&self, act: impl FnOnce(&mut Queue, Moment) -> T) -> T {
        self.act_on_all(|state, now, _| act(&mut state.queue, now))
    }

    pub(crate) fn notes<T>(&self, note: impl FnOnce(&mut Notes, Moment) -> T) -> T {
        note(&mut self.lock().notes, self.clock.now())
    }

    pub(crate) fn counts(&self) -> Counts {
        self.act_on_all(|state, _, _| state.counts())
    }

    /// Ends the polls and the timekeeper; the messages go with the last handle.
    pub(crate) fn delete(&self) {
        self.act_on_all(|state, _, _| {
            state.deleted = true;
            state.polls.close_all();
        });
        self.rearm.notify_one();
        self.counts_changed.notify_waiters();
    }

    pub(super) fn act_on_all<T>(
        &self,
        act: impl FnOnce(&mut State, Moment, &mut Vec<Burial>) -> T,
    ) -> T {
        let mut burials = Vec::new();
        let outcome = {
            let state = &mut *self.lock();
            let now = self.clock.now();
            state.queue.advance(now);
            state.polls.drop_overdue_orphans(now);
            self.serve(state, now, &mut burials);
            let outcome = act(state, now, &mut burials);
            self.serve(state, now, &mut burials);
            self.arm(state);
            self.tell_watchers(state);
            outcome
        };
        burials.into_iter().for_each(|burial| burial.carry_out(&self.arn));
        outcome
    }

    /// Has the timekeeper wake in time, if anybody waits for what time will bring.
    fn arm(&self, state: &mut State) {
        let awaited = !state.polls.is_empty() || self.watchers.load(Ordering::Relaxed) > 0;
        let next = awaited.then(|| state.queue.next_change()).flatten();
        if let Some(next) = next
            && state.armed.is_none_or(|armed| next < armed)
        {
            state.armed = Some(next);
            self.rearm.notify_one();
        }
    }

    fn tell_watchers(&self, state: &mut State) {
        if self.watchers.load(Ordering::Relaxed) > 0 && state.told != state.counts() {
            state.told = state.counts();
            self.counts_changed.notify_waiters();
        }
    }

    /// A panic elsewhere leaves the state usable: no action leaves it half changed across a panic point.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn counts(&self) -> Counts {
        Counts { polls: self.polls.len(), ..self.queue.counts() }
    }
}
