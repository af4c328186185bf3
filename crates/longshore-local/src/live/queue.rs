//! The queue that all requests and tasks share, with its dead-letter transfers.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError, Weak};

use super::polls::Polls;
use crate::clock::{Clock, Moment};
use crate::queue::{Counts, DeadLetter, Delivery, Queue, ReceiveOptions};
use crate::scope::Scope;
use crate::sync::{AtomicUsize, Mutex, MutexGuard, Notify};

/// Finds the target of a redrive policy, and the queues of a message move task.
pub(crate) trait DeadLetterQueues: Debug + Send + Sync {
    /// The queue with this ARN; `None` if it does not exist.
    fn find_arn(&self, arn: &str) -> Option<Arc<LiveQueue>>;
}

#[derive(Debug)]
pub(crate) struct LiveQueue {
    pub(crate) name: String,
    pub(crate) scope: Scope,
    pub(crate) arn: Arc<str>,
    pub(crate) created: Moment,
    pub(crate) clock: Arc<Clock>,
    dead_letter_queues: Weak<dyn DeadLetterQueues>,
    /// Locked for one action, never across an await. A thread that has this lock may lock the
    /// directory, but a thread that has locked the directory must not take this lock.
    state: Mutex<State>,
    /// Wakes the timer task: something is due earlier than its timer, or the queue was deleted.
    pub(super) rearm: Notify,
    pub(super) counts_changed: Notify,
    /// Tasks that wait for [`LiveQueue::counts_changed`].
    pub(super) watchers: AtomicUsize,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) queue: Queue,
    pub(super) polls: Polls,
    pub(super) deleted: bool,
    /// When the timer of the timer task fires; `None` if it is not set.
    pub(super) armed: Option<Moment>,
    /// The counts of the last notification to the watchers.
    reported: Counts,
    metadata: Metadata,
}

/// Tags and timestamps of the queue. They do not affect its messages.
#[derive(Debug)]
pub(crate) struct Metadata {
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) modified: Moment,
    pub(crate) purged: Option<Moment>,
}

/// Dead letters on their way to another queue. They move after the lock of the source queue is
/// released, because two queues can name each other as dead-letter queue.
pub(super) struct DeadLetterTransfer {
    target: Arc<LiveQueue>,
    dead_letters: Vec<DeadLetter>,
}

impl DeadLetterTransfer {
    fn complete(self, source: &Arc<str>) {
        self.target.act(|queue, now| {
            for dead_letter in self.dead_letters {
                queue.accept_dead_letter(now, dead_letter, source);
            }
        });
    }
}

impl LiveQueue {
    pub(crate) fn new(
        name: String,
        scope: Scope,
        queue: Queue,
        clock: Arc<Clock>,
        dead_letter_queues: Weak<dyn DeadLetterQueues>,
    ) -> Self {
        let now = clock.now();
        let metadata = Metadata { tags: BTreeMap::new(), modified: now, purged: None };
        let state = State {
            queue,
            polls: Polls::default(),
            deleted: false,
            armed: None,
            reported: Counts::default(),
            metadata,
        };
        Self {
            arn: scope.arn(&name).into(),
            name,
            scope,
            created: now,
            clock,
            dead_letter_queues,
            state: Mutex::new(state),
            rearm: Notify::new(),
            counts_changed: Notify::new(),
            watchers: AtomicUsize::new(0),
        }
    }

    /// Runs `action` on the queue as of now, then serves the waiting polls.
    pub(crate) fn act<T>(&self, action: impl FnOnce(&mut Queue, Moment) -> T) -> T {
        self.update(|state, now, _| action(&mut state.queue, now))
    }

    /// As [`LiveQueue::act`]; `None` without the action if the queue is deleted.
    pub(crate) fn act_unless_deleted<T>(
        &self,
        action: impl FnOnce(&mut Queue, Moment) -> T,
    ) -> Option<T> {
        self.update(|state, now, _| (!state.deleted).then(|| action(&mut state.queue, now)))
    }

    pub(crate) fn with_metadata<T>(&self, action: impl FnOnce(&mut Metadata, Moment) -> T) -> T {
        action(&mut self.lock().metadata, self.clock.now())
    }

    pub(crate) fn counts(&self) -> Counts {
        self.update(|state, _, _| state.counts())
    }

    /// Ends the polls and the timer task. The messages are dropped with the last reference.
    pub(crate) fn delete(&self) {
        self.update(|state, _, _| {
            state.deleted = true;
            state.polls.close_all();
        });
        self.rearm.notify_one();
        self.counts_changed.notify_waiters();
    }

    /// Runs `action` on the whole state. Before and after, it applies the passage of time and
    /// serves the waiting polls. Dead letters move after the lock is released.
    pub(super) fn update<T>(
        &self,
        action: impl FnOnce(&mut State, Moment, &mut Vec<DeadLetterTransfer>) -> T,
    ) -> T {
        let mut transfers = Vec::new();
        let outcome = {
            let state = &mut *self.lock();
            let now = self.clock.now();
            state.queue.advance(now);
            state.polls.drop_overdue_orphans();
            self.serve(state, now, &mut transfers);
            let outcome = action(state, now, &mut transfers);
            self.serve(state, now, &mut transfers);
            self.arm(state);
            self.notify_watchers(state);
            outcome
        };
        transfers.into_iter().for_each(|transfer| transfer.complete(&self.arn));
        outcome
    }

    /// Assigns visible messages to waiting polls.
    fn serve(&self, state: &mut State, now: Moment, transfers: &mut Vec<DeadLetterTransfer>) {
        let State { queue, polls, .. } = state;
        polls.serve(|options| match queue.counts().visible {
            0 => Vec::new(),
            _ => self.receive_now(queue, now, options, transfers),
        });
    }

    /// Receives what is visible, with the limit of the redrive policy.
    pub(super) fn receive_now(
        &self,
        queue: &mut Queue,
        now: Moment,
        options: &mut ReceiveOptions,
        transfers: &mut Vec<DeadLetterTransfer>,
    ) -> Vec<Delivery> {
        let redrive = self.redrive(queue);
        options.max_receives = redrive.as_ref().map(|(max_receives, _)| *max_receives);
        let received = queue.receive(now, options);
        if let Some((_, target)) = redrive
            && !received.dead_letters.is_empty()
        {
            transfers.push(DeadLetterTransfer { target, dead_letters: received.dead_letters });
        }
        received.deliveries
    }

    /// The count and the target of the redrive policy. Without a target, messages stay in this
    /// queue.
    fn redrive(&self, queue: &Queue) -> Option<(u32, Arc<Self>)> {
        let policy = queue.settings.redrive.as_ref()?;
        let target = self.dead_letter_queues.upgrade()?.find_arn(&policy.target_arn)?;
        Some((policy.max_receive_count, target))
    }

    /// Sets the timer of the timer task if a poll or a watcher waits for what is due next.
    fn arm(&self, state: &mut State) {
        let next = self.next_timer(state);
        if let Some(next) = next
            && state.armed.is_none_or(|armed| next < armed)
        {
            state.armed = Some(next);
            self.rearm.notify_one();
        }
    }

    /// When the timer must fire; `None` if nothing waits, or if time alone changes nothing.
    pub(super) fn next_timer(&self, state: &State) -> Option<Moment> {
        let awaited = !state.polls.is_empty() || self.watchers.load(Ordering::Relaxed) > 0;
        awaited.then(|| state.queue.next_change()).flatten()
    }

    fn notify_watchers(&self, state: &mut State) {
        if self.watchers.load(Ordering::Relaxed) > 0 && state.reported != state.counts() {
            state.reported = state.counts();
            self.counts_changed.notify_waiters();
        }
    }

    /// Locks the state. A panic in another thread leaves it usable, because no action panics
    /// between two changes that belong together.
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(super) fn counts(&self) -> Counts {
        Counts { polls: self.polls.len(), ..self.queue.counts() }
    }
}
