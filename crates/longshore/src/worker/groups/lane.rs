//! A lane: the messages of one group that one receive returned, in order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{join, join_all};

use super::table::{Groups, Member};
use crate::outcome::Fate;
use crate::queue::Message;
use crate::worker::buffered;
use crate::worker::disposition::Disposition;
use crate::worker::lease::Lease;
use crate::worker::polling::Polling;
use crate::worker::processor::Processor;
use crate::worker::settler::SettleSender;
use crate::worker::slots::{Place, Slot};
use crate::worker::work::{End, Order, Passage, Work};

/// A lane that has not ended. Each of its messages has heartbeats.
pub(in crate::worker) struct Lane {
    member: Member,
    works: VecDeque<Work>,
    /// The handler of a message failed, so those behind it are not handled.
    has_failed: bool,
}

/// A lane for each group, in the order of their first messages.
pub(in crate::worker) fn lanes(
    groups: &Arc<Groups>,
    processor: &Processor,
    messages: Vec<(Message, Lease)>,
) -> Vec<Lane> {
    let mut ordered: Vec<(Arc<str>, VecDeque<_>)> = Vec::new();
    for (message, lease) in messages {
        // Every message of a FIFO queue has a group. Without one, nothing comes after it.
        let group = message.group_id.as_deref().unwrap_or(&message.id).into();
        let work = processor.work(message, lease);
        match ordered.iter_mut().find(|(id, _)| *id == group) {
            Some((_, works)) => works.push_back(work),
            None => ordered.push((group, VecDeque::from([work]))),
        }
    }
    let lane = |(group, works): (Arc<str>, VecDeque<Work>)| {
        let first = works.front().expect("a lane begins with its first message");
        let member = groups.enter(group, &first.message);
        Lane { member, works, has_failed: false }
    };
    ordered.into_iter().map(lane).collect()
}

impl Lane {
    /// Handles the messages one after the other. Releases the rest when one of them fails, so that
    /// SQS returns them after it, or when a stop begins.
    pub(in crate::worker) async fn run(
        mut self,
        polling: Arc<Polling>,
        place: Option<Place>,
        settler: SettleSender,
    ) {
        let turns = self.member.turns.clone();
        // An earlier lane of the group whose leases were lost can still have a handler.
        let turn = tokio::select! {
            biased;
            () = polling.stop.releases(self.has_last_receive(&polling)) => None,
            turn = turns.lock() => Some(turn),
        };
        if turn.is_some() {
            self.handle_all(&polling, place, &settler).await;
        }
        self.release_rest(&polling, &settler).await;
    }

    /// Handles the messages up to the first that comes back.
    async fn handle_all(
        &mut self,
        polling: &Arc<Polling>,
        mut place: Option<Place>,
        settler: &SettleSender,
    ) {
        while let Some(work) = self.works.pop_front() {
            let is_last = is_last_receive(polling, &work) || self.has_last_receive(polling);
            let Some(slot) = slot(polling, &work.lease, is_last, place.take()).await else {
                if work.lease.is_lost() {
                    self.comes_back(polling, Duration::ZERO);
                }
                self.works.push_front(work);
                return;
            };
            let work = work.with_slot(Some(slot));
            let together = |next: &Work| polling.processor.are_together(&work, next);
            let is_together =
                self.works.front().is_some_and(together) && polling.breaker.is_closed();
            let next = if is_together {
                self.handle_together(polling, work, settler).await
            } else {
                let order = Order::InGroup { has_next: !self.works.is_empty() };
                let end = self.finish(polling, work, order, settler).await;
                self.ended(polling, end)
            };
            let Some(slot) = next else { return };
            place = slot.map(Place::Slot);
        }
    }

    /// Handles a message. The end of the grace releases those behind it, because its own release can
    /// wait for the answer of a heartbeat until the shutdown is over.
    async fn finish(
        &mut self,
        polling: &Polling,
        work: Work,
        order: Order,
        settler: &SettleSender,
    ) -> End {
        let mut end = std::pin::pin!(polling.processor.finish(work, order, settler));
        tokio::select! {
            biased;
            end = &mut end => end,
            () = polling.stop.hurried() => join(end, self.release_rest(polling, settler)).await.0,
        }
    }

    /// Handles the first messages at the same time, because their handler gets batches and keeps the
    /// order. The first one of another route waits for them.
    /// Settles them in order, up to the first that did not succeed at once. Those behind it are to be
    /// handled again, because they were handled before it. Returns what [`ended`](Self::ended) does.
    async fn handle_together(
        &mut self,
        polling: &Arc<Polling>,
        first: Work,
        settler: &SettleSender,
    ) -> Option<Option<Slot>> {
        let processor = &polling.processor;
        let is_with = |work: &&Work| processor.are_together(&first, work);
        let with_first = self.works.iter().take_while(is_with).count();
        let mut works: VecDeque<_> = self.works.drain(..with_first).collect();
        works.push_front(first);
        processor.call_together(&mut works).await;
        // The lane has one slot, which goes from each message to the next. A message that waits for
        // the circuit breaker gives it back.
        let mut slot = works.front_mut().and_then(|first| first.slot.take());
        while let Some(work) = works.pop_front() {
            let is_done = work.is_done();
            let has_next = !works.is_empty() || !self.works.is_empty();
            let order = Order::InGroup { has_next };
            let end = processor.finish(work.with_slot(slot), order, settler).await;
            let next = self.ended(polling, end);
            if next.is_none() || !is_done {
                while let Some(work) = works.pop_back() {
                    self.works.push_front(work.again());
                }
            }
            slot = next?;
        }
        Some(slot)
    }

    /// Whether a release would make one of the messages a dead letter. It is processed instead, after
    /// those before it.
    fn has_last_receive(&self, polling: &Polling) -> bool {
        self.works.iter().any(|work| is_last_receive(polling, work))
    }

    /// A message has ended. Returns its slot for the next one; `None` if that cannot be handled.
    fn ended(&mut self, polling: &Polling, end: End) -> Option<Option<Slot>> {
        match end.passage {
            Passage::Open => {
                self.member.advanced();
                return Some(end.slot);
            }
            Passage::Failed => self.has_failed = true,
            Passage::Returned => {}
        }
        self.comes_back(polling, end.back_after);
        None
    }

    /// The first message comes back after this time, if no other worker gets it.
    fn comes_back(&self, polling: &Polling, after: Duration) {
        self.member.failed(after + 2 * polling.visibility);
    }

    async fn release_rest(&mut self, polling: &Polling, settler: &SettleSender) {
        if self.works.is_empty() {
            return;
        }
        if polling.stop.has_begun() {
            // An open receive would bring them back.
            polling.polls_over.cancelled().await;
        } else if self.has_failed {
            polling.metrics.released_behind_failure(self.works.len());
        }
        // At the same time, because each can wait for the answer of a heartbeat.
        join_all(self.works.drain(..).map(|work| release(work, polling, settler))).await;
    }
}

async fn release(work: Work, polling: &Polling, settler: &SettleSender) {
    if !work.started {
        polling.processor.observer.not_started(&work.message);
    }
    let mut disposition =
        if work.lease.is_lost() { Disposition::LOST } else { Disposition::RELEASE };
    if work.interrupted {
        disposition.fate = Fate::Aborted;
    }
    buffered::release(work.lease, disposition, settler).await;
}

fn is_last_receive(polling: &Polling, work: &Work) -> bool {
    polling.processor.is_last_receive(work.message.receive_count)
}

/// Waits for a slot for the message at the head of a lane; `None` if a stop releases it, or if the
/// lease is lost.
async fn slot(
    polling: &Polling,
    lease: &Lease,
    is_last_receive: bool,
    place: Option<Place>,
) -> Option<Slot> {
    let slot = async {
        match place {
            Some(Place::Slot(slot)) => slot,
            Some(Place::Prefetch(place)) => polling.slots.slot_for(place).await,
            None => polling.slots.next_free().await,
        }
    };
    tokio::select! {
        biased;
        () = polling.stop.releases(is_last_receive) => None,
        () = lease.lost() => None,
        slot = slot => Some(slot),
    }
}
