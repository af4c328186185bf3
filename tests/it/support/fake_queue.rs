//! A queue behind the worker's trait, in virtual time, with SQS's nasty parts: stale receipts, refused
//! entries, failing calls, messages for a poll that nobody awaits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use longshore::Message;
use longshore::queue::{
    FailureKind, Queue, QueueAttributes, QueueError, Receipt, Receive, Refused, Visibility,
};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, sleep_until, timeout};

/// SQS refuses what would hide a message for longer than this, counted from its receive.
const CEILING: Duration = Duration::from_secs(12 * 3600);

/// A call as the queue saw it.
#[derive(Debug, Clone, PartialEq)]
pub enum Call {
    Receive { asked: usize, brought: usize },
    Delete(usize),
    ChangeVisibility(Vec<u64>),
}

#[derive(Default)]
struct State {
    messages: Vec<Stored>,
    next: u64,
    calls: Vec<Call>,
    open_polls: usize,
    asked_for_attributes: usize,
    keeps_its_attributes: bool,
    deleted: Vec<String>,
    max_receive_count: u64,
    fail_receives: VecDeque<Option<FailureKind>>,
    answers_take: Duration,
    overfull: bool,
    fail_settles: VecDeque<FailureKind>,
    delay_settles: VecDeque<Duration>,
    refuse: VecDeque<bool>,
}

#[derive(Clone)]
struct Stored {
    id: u64,
    body: String,
    receive_count: u32,
    visible_at: Instant,
    received_at: Instant,
    receipt: String,
}

#[derive(Clone, Default)]
pub struct FakeQueue {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
}

impl FakeQueue {
    pub fn send(&self, body: &str) {
        let mut state = self.lock();
        let id = state.next;
        state.next += 1;
        state.messages.push(Stored {
            id,
            body: body.to_owned(),
            receive_count: 0,
            visible_at: Instant::now(),
            received_at: Instant::now(),
            receipt: String::new(),
        });
        drop(state);
        self.changed.notify_waiters();
    }

    pub fn send_many(&self, count: usize) {
        (0..count).for_each(|n| self.send(&format!("m{n}")));
    }

    /// The queue has a dead-letter queue, and this is its `maxReceiveCount`. Nothing is moved there.
    pub fn redrive_after(&self, receives: u64) {
        self.lock().max_receive_count = receives;
    }

    /// The next receives fail with these.
    pub fn fail_receives(&self, kinds: &[FailureKind]) {
        self.lock().fail_receives.extend(kinds.iter().copied().map(Some));
    }

    /// So many receives succeed before those that are to fail.
    pub fn let_receives_pass(&self, count: usize) {
        self.lock().fail_receives.extend(vec![None; count]);
    }

    /// Receives bring ten messages, however few were asked for. SQS never does.
    pub fn bring_more_than_asked(&self) {
        self.lock().overfull = true;
    }

    /// Answers to receives, failures too, are this long on their way.
    pub fn answers_take(&self, way: Duration) {
        self.lock().answers_take = way;
    }

    /// The next deletes and changes of visibility fail as a whole.
    pub fn fail_settles(&self, kinds: &[FailureKind]) {
        self.lock().fail_settles.extend(kinds);
    }

    /// The next deletes and changes of visibility take effect, or fail, only after so long.
    pub fn delay_settles(&self, delays: &[Duration]) {
        self.lock().delay_settles.extend(delays);
    }

    /// What was to fail no longer does.
    pub fn heal(&self) {
        let mut state = self.lock();
        state.fail_receives.clear();
        state.fail_settles.clear();
    }

    /// The next entries of batches are refused; `true` for those whose sender is at fault.
    pub fn refuse(&self, sender_faults: &[bool]) {
        self.lock().refuse.extend(sender_faults);
    }

    /// Another consumer takes every message that this one has in flight.
    pub fn steal_in_flight(&self) {
        for message in &mut self.lock().messages {
            message.receipt = "stolen".to_owned();
        }
    }

    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// Bodies, in the order of their deletes.
    pub fn deleted(&self) -> Vec<String> {
        self.lock().deleted.clone()
    }

    /// Messages that anybody could receive now.
    pub fn visible(&self) -> usize {
        let now = Instant::now();
        self.lock().messages.iter().filter(|message| message.visible_at <= now).count()
    }

    pub fn len(&self) -> usize {
        self.lock().messages.len()
    }

    pub fn open_polls(&self) -> usize {
        self.lock().open_polls
    }

    /// Questions for the queue's attributes, which tell its backlog.
    pub fn asked_for_attributes(&self) -> usize {
        self.lock().asked_for_attributes
    }

    /// Questions for its attributes are never answered.
    pub fn keep_attributes(&self) {
        self.lock().keeps_its_attributes = true;
    }

    /// Waits for an event; a virtual hour without it fails with the calls so far.
    pub async fn until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        let waiting = async {
            loop {
                let changed = self.changed.notified();
                if condition(self) {
                    return;
                }
                changed.await;
            }
        };
        if timeout(Duration::from_secs(3600), waiting).await.is_err() {
            panic!("never happened: {what}; calls: {:?}", self.calls());
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn record(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_waiters();
    }

    async fn receive_messages(&self, ask: Receive) -> Result<Vec<Message>, QueueError> {
        let (failing, way) = {
            let mut state = self.lock();
            (state.fail_receives.pop_front().flatten(), state.answers_take)
        };
        if let Some(kind) = failing {
            sleep(way).await;
            self.record(|_| ());
            return Err(failure(kind));
        }
        self.record(|state| state.open_polls += 1);
        let until = Instant::now() + ask.wait;
        let messages = loop {
            let changed = self.changed.notified();
            let found = self.lock().hand_out(ask.max, ask.visibility);
            if !found.is_empty() || Instant::now() >= until {
                break found;
            }
            let next = self.lock().next_visible().map_or(until, |at| at.min(until));
            tokio::select! {
                () = changed => {}
                () = sleep_until(next) => {}
            }
        };
        let (asked, brought) = (ask.max, messages.len());
        self.record(|state| {
            state.open_polls -= 1;
            state.calls.push(Call::Receive { asked, brought });
        });
        sleep(way).await;
        Ok(messages)
    }

    async fn settle<T>(
        &self,
        entries: &[T],
        call: Call,
        apply: impl Fn(&mut State, &T) -> bool,
    ) -> Result<Vec<Refused>, QueueError> {
        assert!((1..=10).contains(&entries.len()), "a batch has one to ten entries");
        self.record(|state| state.calls.push(call));
        let delay = self.lock().delay_settles.pop_front();
        sleep(delay.unwrap_or_default()).await;
        let mut state = self.lock();
        let failing = state.fail_settles.pop_front();
        let mut refused = Vec::new();
        for (index, entry) in entries.iter().enumerate().filter(|_| failing.is_none()) {
            let (sender_fault, code) = match state.refuse.pop_front() {
                Some(sender_fault) => (sender_fault, "Scripted"),
                None if apply(&mut state, entry) => continue,
                None => (true, "ReceiptHandleIsInvalid"),
            };
            refused.push(Refused { index, sender_fault, code: code.to_owned() });
        }
        drop(state);
        self.changed.notify_waiters();
        failing.map_or(Ok(refused), |kind| Err(failure(kind)))
    }
}

impl State {
    fn hand_out(&mut self, max: usize, visibility: Duration) -> Vec<Message> {
        let now = Instant::now();
        let max = if self.overfull { 10 } else { max };
        let visible = self.messages.iter_mut().filter(|message| message.visible_at <= now);
        visible.take(max).map(|message| message.hand_out(now + visibility)).collect()
    }

    fn next_visible(&self) -> Option<Instant> {
        self.messages.iter().map(|message| message.visible_at).min()
    }

    fn held_by(&mut self, receipt: &Receipt) -> Option<usize> {
        self.messages.iter().position(|message| message.receipt == receipt.as_str())
    }
}

impl Stored {
    fn hand_out(&mut self, visible_at: Instant) -> Message {
        self.visible_at = visible_at;
        self.received_at = Instant::now();
        self.receive_count += 1;
        self.receipt = format!("r{}-{}", self.id, self.receive_count);
        let mut message =
            Message::new(self.id.to_string(), self.receipt.as_str(), self.body.as_str());
        message.receive_count = self.receive_count;
        message.sent_at = Some(SystemTime::now());
        message.first_received_at = Some(SystemTime::now());
        message
    }
}

impl Queue for FakeQueue {
    fn receive(&self, ask: Receive) -> BoxFuture<'_, Result<Vec<Message>, QueueError>> {
        self.receive_messages(ask).boxed()
    }

    fn delete<'a>(
        &'a self,
        receipts: &'a [Receipt],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        self.settle(receipts, Call::Delete(receipts.len()), |state, receipt| {
            // A stale receipt: SQS says success and deletes nothing.
            if let Some(at) = state.held_by(receipt) {
                let message = state.messages.remove(at);
                state.deleted.push(message.body);
            }
            true
        })
        .boxed()
    }

    fn change_visibility<'a>(
        &'a self,
        changes: &'a [Visibility],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        // Whole seconds, rounded up, as they go over the wire.
        let timeout = |change: &Visibility| change.timeout.as_millis().div_ceil(1000) as u64;
        let seconds = changes.iter().map(timeout).collect();
        self.settle(changes, Call::ChangeVisibility(seconds), move |state, change| {
            let Some(at) = state.held_by(&change.receipt) else { return false };
            let message = &mut state.messages[at];
            let until = Instant::now() + Duration::from_secs(timeout(change));
            let granted = until <= message.received_at + CEILING;
            if granted {
                message.visible_at = until;
            }
            granted
        })
        .boxed()
    }

    fn attributes(&self) -> BoxFuture<'_, Result<QueueAttributes, QueueError>> {
        let visible = self.visible() as u64;
        let mut state = self.lock();
        state.asked_for_attributes += 1;
        let max_receive_count = state.max_receive_count;
        if state.keeps_its_attributes {
            return std::future::pending().boxed();
        }
        let attributes = QueueAttributes { visible, max_receive_count, ..Default::default() };
        std::future::ready(Ok(attributes)).boxed()
    }
}

fn failure(kind: FailureKind) -> QueueError {
    QueueError { action: "Scripted", kind, code: None, source: None }
}
