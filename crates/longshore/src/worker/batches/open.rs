//! The batch that collects messages.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard};

use tokio::sync::oneshot;

use crate::handler::{Context, InBatch, Verdict};
use crate::queue::Message;

/// The messages of a queue that are not in a call yet. If the queue is a FIFO queue, the messages of a
/// group are in one call at a time, in their order.
pub(super) struct Open {
    max: usize,
    is_fifo: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    entries: Vec<Entry>,
    /// The number of batches that were sent before.
    number: u64,
    /// Whether the window of this batch has begun.
    has_window: bool,
    /// The message groups that are in a call.
    busy: HashSet<String>,
}

/// A message, and where its verdict goes.
pub(super) struct Entry {
    pub(super) message: Message,
    pub(super) context: Context,
    pub(super) batch: InBatch,
    pub(super) answer: oneshot::Sender<Answer>,
}

/// What a message gets from its batch.
pub(super) enum Answer {
    Verdict(Verdict),
    /// An earlier message of its group failed, so it was in no call.
    NotCalled,
    Panicked,
}

/// What follows from a message that was added.
pub(super) enum Added {
    /// It is the first of this batch, whose window begins.
    First { number: u64 },
    /// It waits with others.
    Waiting,
    /// The batch is full.
    Full(Vec<Entry>),
}

/// How a call ended for the groups of a FIFO queue.
#[derive(Default)]
pub(super) struct Groups {
    all: HashSet<String>,
    failed: HashSet<String>,
}

impl Open {
    pub(super) fn new(max: usize, is_fifo: bool) -> Self {
        Self { max, is_fifo, state: Mutex::default() }
    }

    pub(super) fn add(&self, entry: Entry) -> Added {
        let mut state = self.lock();
        state.entries.push(entry);
        if state.sendable() >= self.max {
            return Added::Full(self.send(&mut state));
        }
        if std::mem::replace(&mut state.has_window, true) {
            return Added::Waiting;
        }
        Added::First { number: state.number }
    }

    /// The window of the batch with this number is over. Returns its messages, unless they were sent
    /// when they were enough.
    pub(super) fn window_over(&self, number: u64) -> Vec<Entry> {
        let mut state = self.lock();
        if state.number == number { self.send(&mut state) } else { Vec::new() }
    }

    /// A call with these groups has ended. Messages that wait behind a failed one of their group are not
    /// called. Returns those that have waited for the call.
    pub(super) fn ended(&self, groups: &Groups) -> Vec<Entry> {
        if groups.all.is_empty() {
            return Vec::new();
        }
        let mut state = self.lock();
        state.busy.retain(|group| !groups.all.contains(group));
        for entry in state.entries.extract_if(.., |entry| is_in(&groups.failed, entry)) {
            entry.leave_out();
        }
        if state.sendable() > 0 { self.send(&mut state) } else { Vec::new() }
    }

    /// The messages that still wait for their verdicts, and in a FIFO queue have no earlier message of
    /// their group that does not.
    pub(super) fn without_gone(&self, entries: Vec<Entry>) -> Vec<Entry> {
        let mut gone = HashSet::new();
        let mut left = Vec::with_capacity(entries.len());
        for entry in entries {
            if entry.answer.is_closed() {
                gone.extend(entry.message.group_id.filter(|_| self.is_fifo));
            } else if is_in(&gone, &entry) {
                entry.leave_out();
            } else {
                left.push(entry);
            }
        }
        left
    }

    /// The groups of these messages, if their order matters. All have failed unless a verdict says
    /// otherwise.
    pub(super) fn groups<'a>(
        &self,
        messages: impl IntoIterator<Item = &'a Message>,
        verdicts: Option<&[Verdict]>,
    ) -> Groups {
        let mut groups = Groups::default();
        for (index, message) in messages.into_iter().enumerate() {
            let Some(group) = message.group_id.as_ref().filter(|_| self.is_fifo) else { continue };
            groups.all.insert(group.clone());
            let is_done = verdicts.and_then(|verdicts| verdicts.get(index)) == Some(&Verdict::Done);
            if !is_done {
                groups.failed.insert(group.clone());
            }
        }
        groups
    }

    fn send(&self, state: &mut State) -> Vec<Entry> {
        state.number += 1;
        state.has_window = false;
        let State { entries, busy, .. } = state;
        let mut left = self.max;
        let is_sent = |entry: &mut Entry| {
            let is_sent = left > 0 && !is_in(busy, entry);
            left -= usize::from(is_sent);
            is_sent
        };
        let sent: Vec<Entry> = entries.extract_if(.., is_sent).collect();
        if self.is_fifo {
            busy.extend(sent.iter().filter_map(|entry| entry.message.group_id.clone()));
        }
        sent
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds this lock")
    }
}

impl State {
    fn sendable(&self) -> usize {
        if self.busy.is_empty() {
            return self.entries.len();
        }
        self.entries.iter().filter(|entry| !is_in(&self.busy, entry)).count()
    }
}

impl Entry {
    fn leave_out(self) {
        // The worker may have dropped its call meanwhile.
        drop(self.answer.send(Answer::NotCalled));
    }
}

fn is_in(groups: &HashSet<String>, entry: &Entry) -> bool {
    entry.message.group_id.as_ref().is_some_and(|group| groups.contains(group))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::sync::oneshot::Receiver;
    use tokio::time::Instant;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::trace::MessageTrace;

    fn entry(group: &str, body: &str) -> (Entry, Receiver<Answer>) {
        let (answer, verdict) = oneshot::channel();
        let message = Message { group_id: Some(group.to_owned()), ..Message::new(body, "", body) };
        let (deadline, stopping) = (Instant::now(), CancellationToken::new());
        let context = Context::new("orders".into(), deadline, stopping, Duration::ZERO);
        let batch = InBatch::new(CancellationToken::new(), MessageTrace::default(), Arc::default());
        (Entry { message, context, batch, answer }, verdict)
    }

    fn left(is_fifo: bool) -> Vec<String> {
        let open = Open::new(10, is_fifo);
        let (entries, mut verdicts): (Vec<_>, Vec<_>) =
            [entry("a", "a0"), entry("a", "a1"), entry("b", "b0"), entry("a", "a2")]
                .into_iter()
                .unzip();
        // The lease of `a1` is lost while it waits.
        drop(verdicts.remove(1));
        open.without_gone(entries).into_iter().map(|entry| entry.message.body).collect()
    }

    #[tokio::test]
    async fn nothing_of_a_group_is_handled_before_a_message_whose_lease_was_lost() {
        assert_eq!(left(true), ["a0", "b0"]);
        assert_eq!(left(false), ["a0", "b0", "a2"], "in a standard queue the order is free");
    }
}
