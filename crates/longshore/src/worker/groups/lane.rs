//! A lane: the messages of one group that one receive returned, in order.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::future::join_all;

use super::table::{Groups, Member};
use crate::queue::Message;
use crate::worker::buffered;
use crate::worker::disposition::Disposition;
use crate::worker::lease::Lease;
use crate::worker::polling::Polling;
use crate::worker::settler::SettleSender;
use crate::worker::slots::{Place, Slot};
use crate::worker::work::{End, Order, Work};

/// A lane that has not ended. Each of its messages has heartbeats.
pub(in crate::worker) struct Lane {
    member: Member,
    messages: VecDeque<(Message, Lease)>,
}

/// A lane for each group, in the order of their first messages.
pub(in crate::worker) fn lanes(groups: &Arc<Groups>, messages: Vec<(Message, Lease)>) -> Vec<Lane> {
    let mut ordered: Vec<(Arc<str>, VecDeque<_>)> = Vec::new();
    for (message, lease) in messages {
        // Every message of a FIFO queue has a group. Without one, nothing comes after it.
        let group = message.group_id.as_deref().unwrap_or(&message.id).into();
        match ordered.iter_mut().find(|(id, _)| *id == group) {
            Some((_, lane)) => lane.push_back((message, lease)),
            None => ordered.push((group, VecDeque::from([(message, lease)]))),
        }
    }
    let lane = |(group, messages): (Arc<str>, VecDeque<(Message, Lease)>)| {
        let (first, _) = messages.front().expect("a lane begins with its first message");
        let member = groups.enter(group, first);
        Lane { member, messages }
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
            () = polling.stop.begun() => None,
            turn = turns.lock() => Some(turn),
        };
        let has_failed = match turn {
            Some(_) => self.handle_all(&polling, place, &settler).await,
            None => false,
        };
        self.release_rest(&polling, has_failed, &settler).await;
    }

    /// Returns whether a message failed.
    async fn handle_all(
        &mut self,
        polling: &Arc<Polling>,
        mut place: Option<Place>,
        settler: &SettleSender,
    ) -> bool {
        while let Some((message, lease)) = self.messages.pop_front() {
            let Some(slot) = slot(polling, &lease, place.take()).await else {
                self.messages.push_front((message, lease));
                return false;
            };
            if polling.has_batches && !self.messages.is_empty() && polling.breaker.is_closed() {
                self.messages.push_front((message, lease));
                match self.handle_together(polling, slot, settler).await {
                    Some(slot) => place = slot.map(Place::Slot),
                    None => return true,
                }
                continue;
            }
            let order = Order::InGroup { has_next: !self.messages.is_empty() };
            let End { passes, back_after, slot } =
                polling.processor.process(message, lease, slot, order, settler).await;
            if !passes {
                self.member.failed(back_after + 2 * polling.visibility);
                return true;
            }
            self.member.advanced();
            place = slot.map(Place::Slot);
        }
        false
    }

    /// Handles all messages at the same time, because their handler gets batches and keeps the order.
    /// Settles them in order, up to the first that did not succeed at once. Those behind it are to be
    /// handled again, because they were handled before it. Returns the slot; `None` if a message
    /// failed.
    async fn handle_together(
        &mut self,
        polling: &Arc<Polling>,
        slot: Slot,
        settler: &SettleSender,
    ) -> Option<Option<Slot>> {
        let processor = &polling.processor;
        let mut slot = Some(slot);
        let work = |(message, lease)| Work::new(message, lease, slot.take());
        let mut works: VecDeque<Work> = self.messages.drain(..).map(work).collect();
        join_all(works.iter_mut().map(|work| processor.call_once(work))).await;
        let mut slot = None;
        while let Some(work) = works.pop_front() {
            let is_done = work.is_done();
            let order = Order::InGroup { has_next: !works.is_empty() };
            let end = processor.finish(work, order, settler).await;
            slot = slot.or(end.slot);
            if !end.passes {
                self.member.failed(end.back_after + 2 * polling.visibility);
                self.messages.extend(works.into_iter().map(Work::again));
                return None;
            }
            self.member.advanced();
            if !is_done {
                self.messages.extend(works.drain(..).map(Work::again));
            }
        }
        Some(slot)
    }

    async fn release_rest(&mut self, polling: &Polling, has_failed: bool, settler: &SettleSender) {
        if self.messages.is_empty() {
            return;
        }
        if polling.stop.has_begun() {
            // An open receive would bring them back.
            polling.polls_over.cancelled().await;
        } else if has_failed {
            polling.metrics.released_behind_failure(self.messages.len());
        }
        for (message, lease) in self.messages.drain(..) {
            polling.processor.not_started(&message);
            let disposition =
                if lease.is_lost() { Disposition::LOST } else { Disposition::RELEASE };
            buffered::release(lease, disposition, settler).await;
        }
    }
}

/// Waits for a slot for the message at the head of a lane; `None` if a stop begins, or if the lease
/// is lost.
async fn slot(polling: &Polling, lease: &Lease, place: Option<Place>) -> Option<Slot> {
    let slot = async {
        match place {
            Some(Place::Slot(slot)) => slot,
            Some(Place::Prefetch(place)) => polling.slots.slot_for(place).await,
            None => polling.slots.next_free().await,
        }
    };
    tokio::select! {
        biased;
        () = polling.stop.begun() => None,
        () = lease.lost() => None,
        slot = slot => Some(slot),
    }
}
