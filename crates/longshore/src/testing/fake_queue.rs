//! A fake queue in memory.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::calls::{Call, CallCounts};
use super::faults::Faults;
use super::store::{Simulation, Store};
use super::waiting::holds;
use crate::queue::{
    AttributeContent, AttributeValue, DeadLetter, FailureKind, OutgoingMessage, QueueAttributes,
};

/// A queue in memory, on the clock of tokio, with faults on demand. Cheap to clone; all
/// clones are the same queue.
///
/// Like SQS it answers long polls in their order, makes messages visible again after their
/// visibility timeout, ignores a delete with a stale receipt, refuses a change of visibility with
/// one, and refuses a timeout beyond 12 h. A repeated receive attempt returns the same messages.
/// Unlike SQS it never delivers a message twice by itself,
/// and a short poll reads all messages.
#[derive(Clone)]
pub struct FakeQueue {
    state: Arc<Mutex<State>>,
    pub(super) changed: Arc<Notify>,
    pub(super) round_trip: Duration,
    pub(super) records_calls: bool,
}

pub(super) struct State {
    pub(super) store: Store,
    pub(super) faults: Faults,
    pub(super) calls: Vec<Call>,
    pub(super) deleted: Vec<String>,
    pub(super) open_polls: usize,
    pub(super) max_receive_count: u64,
    pub(super) delay_seconds: u64,
    pub(super) dead_letters: Option<QueueAttributes>,
    pub(super) sent_dead_letters: Vec<DeadLetter>,
    pub(super) outgoing: Vec<OutgoingMessage>,
}

impl FakeQueue {
    /// An empty queue whose requests take no time.
    pub fn new() -> Self {
        Self::with_store(Store::new(), Duration::ZERO, true)
    }

    /// A queue for simulations.
    pub fn simulated(simulation: Simulation) -> Self {
        let round_trip = simulation.round_trip;
        Self::with_store(Store::simulated(simulation), round_trip, false)
    }

    fn with_store(store: Store, round_trip: Duration, records_calls: bool) -> Self {
        let state = State {
            store,
            faults: Faults::default(),
            calls: Vec::new(),
            deleted: Vec::new(),
            open_polls: 0,
            max_receive_count: 0,
            delay_seconds: 0,
            dead_letters: None,
            sent_dead_letters: Vec::new(),
            outgoing: Vec::new(),
        };
        let changed = Arc::new(Notify::new());
        Self { state: Arc::new(Mutex::new(state)), changed, round_trip, records_calls }
    }

    /// Sends a message. Its id is the number of earlier messages.
    pub fn send(&self, body: &str) {
        self.change(|state| state.store.send(Instant::now(), None, body.to_owned()));
    }

    /// Sends a message of this group, as to a FIFO queue. The queue then returns the messages of a
    /// group in order, and none of a group that has messages in flight.
    pub fn send_in_group(&self, group: &str, body: &str) {
        let group = Some(group.to_owned());
        self.change(|state| state.store.send(Instant::now(), group, body.to_owned()));
    }

    /// Sends a message whose payload is in a store: the body of [`FakePayloads::put`] with the
    /// attribute of the extended clients.
    ///
    /// [`FakePayloads::put`]: super::FakePayloads::put
    pub fn send_pointer(&self, group: Option<&str>, body: &str) {
        let content = AttributeContent::Text("1".to_owned());
        let size = AttributeValue { data_type: "Number".to_owned(), content };
        self.change(|state| {
            state.store.send(Instant::now(), group.map(str::to_owned), body.to_owned());
            state.store.add_attribute("ExtendedPayloadSize", size);
        });
    }

    /// Sends this number of messages with the bodies `m0`, `m1`, ….
    pub fn send_many(&self, count: usize) {
        (0..count).for_each(|n| self.send(&format!("m{n}")));
    }

    /// Reports this `maxReceiveCount` of a redrive policy. The queue does not move messages.
    pub fn redrive_after(&self, receives: u64) {
        self.lock().max_receive_count = receives;
    }

    /// Reports this `DelaySeconds`. The queue does not delay messages.
    pub fn delay_messages(&self, seconds: u64) {
        self.lock().delay_seconds = seconds;
    }

    /// The next requests for the attributes fail.
    pub fn fail_attributes(&self, kinds: &[FailureKind]) {
        self.lock().faults.attributes.extend(kinds);
    }

    /// All deletes are denied, until [`heal`](Self::heal).
    pub fn deny_deletes(&self) {
        self.lock().faults.deletes_denied = true;
    }

    /// The largest number of receives of a message.
    pub fn most_receives(&self) -> u32 {
        self.lock().store.most_receives()
    }

    /// The next receives fail.
    pub fn fail_receives(&self, kinds: &[FailureKind]) {
        self.lock().faults.receives.extend(kinds.iter().copied().map(Some));
    }

    /// The answers of the next receives that return messages are lost: the messages are in flight,
    /// and the receive fails.
    pub fn lose_answers(&self, count: usize) {
        self.lock().faults.lost_answers += count;
    }

    /// The next receives succeed, before those that fail.
    pub fn let_receives_succeed(&self, count: usize) {
        self.lock().faults.receives.extend(vec![None; count]);
    }

    /// Receives return ten messages, whatever they ask for. SQS never does.
    pub fn bring_more_than_asked(&self) {
        self.lock().faults.returns_too_many = true;
    }

    /// Receives are answered at once, whatever their wait is, as by a proxy. SQS waits.
    pub fn ignore_wait(&self) {
        self.lock().faults.ignores_wait = true;
    }

    /// The answers of receives, failures included, are delayed.
    pub fn delay_answers(&self, delay: Duration) {
        self.lock().faults.answer_delay = delay;
    }

    /// The next deletes and changes of visibility fail as a whole.
    pub fn fail_settles(&self, kinds: &[FailureKind]) {
        self.lock().faults.settles.extend(kinds);
    }

    /// The next deletes and changes of visibility take effect after these times.
    pub fn delay_settles(&self, delays: &[Duration]) {
        self.lock().faults.settle_delays.extend(delays);
    }

    /// No receive, no settle and no send fails any more.
    pub fn heal(&self) {
        self.lock().faults.heal();
    }

    /// The next entries of batches are refused; `true` if the sender is at fault.
    pub fn refuse(&self, sender_faults: &[bool]) {
        self.lock().faults.refused_entries.extend(sender_faults);
    }

    /// The retention of all messages ends: SQS deletes them.
    pub fn expire_all(&self) {
        self.lock().store.expire_all();
    }

    /// Another consumer gets all messages in flight, so that their receipts are stale.
    pub fn steal_in_flight(&self) {
        self.lock().store.steal_in_flight();
    }

    /// Requests for the attributes get no answer.
    pub fn never_answer_attributes(&self) {
        self.lock().faults.never_answers_attributes = true;
    }

    /// The requests so far, without those for attributes. Empty for a simulated queue.
    pub fn calls(&self) -> Vec<Call> {
        self.lock().calls.clone()
    }

    /// The counts of requests and messages so far.
    pub fn counts(&self) -> CallCounts {
        self.lock().store.counts
    }

    /// The bodies of deleted messages, in the order of their deletes.
    pub fn deleted(&self) -> Vec<String> {
        self.lock().deleted.clone()
    }

    /// Messages that can be received now.
    pub fn visible(&self) -> usize {
        self.lock().store.visible(Instant::now())
    }

    /// Messages that are not deleted.
    pub fn len(&self) -> usize {
        self.lock().store.len()
    }

    /// Whether every message is deleted.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Receives that are open.
    pub fn open_polls(&self) -> usize {
        self.lock().open_polls
    }

    /// When each message arrived, in the order of their ids.
    pub fn arrived(&self) -> Vec<Instant> {
        self.lock().store.arrived()
    }

    /// Checks that every message is visible or deleted, exactly once.
    ///
    /// # Panics
    /// If a message is lost, duplicated or still in flight.
    pub fn assert_nothing_is_lost(&self) {
        self.lock().store.assert_nothing_is_lost(Instant::now());
    }

    /// Waits until the condition holds, which it checks after each request and each message.
    ///
    /// # Panics
    /// After an hour on the clock of tokio.
    pub async fn until(&self, what: &str, condition: impl Fn(&Self) -> bool) {
        if !holds(&self.changed, || condition(self)).await {
            panic!("it did not happen within an hour: {what}; calls: {:?}", self.calls());
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no code panics while it holds this lock")
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_waiters();
        result
    }
}

impl Default for FakeQueue {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for FakeQueue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FakeQueue").field("counts", &self.counts()).finish_non_exhaustive()
    }
}
