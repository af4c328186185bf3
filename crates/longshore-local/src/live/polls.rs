//! The long polls open on one queue, in the order they came. Messages are assigned to a poll under the
//! queue's lock, so that one message wakes one poll.

use std::collections::VecDeque;

use tokio::sync::oneshot;

use crate::clock::Moment;
use crate::queue::{Ask, Delivery};

#[derive(Debug, Default)]
pub(crate) struct Polls {
    waiting: VecDeque<Poll>,
    last_id: u64,
    /// How many of them have no client any more.
    orphans: usize,
}

#[derive(Debug)]
struct Poll {
    id: u64,
    ask: Ask,
    until: Moment,
    reply: oneshot::Sender<Vec<Delivery>>,
}

impl Polls {
    pub(crate) fn open(
        &mut self,
        ask: Ask,
        until: Moment,
    ) -> (u64, oneshot::Receiver<Vec<Delivery>>) {
        let (reply, answer) = oneshot::channel();
        self.last_id += 1;
        self.waiting.push_back(Poll { id: self.last_id, ask, until, reply });
        (self.last_id, answer)
    }

    pub(crate) fn close(&mut self, id: u64) {
        self.waiting.retain(|poll| poll.id != id);
    }

    /// Leaves the poll open though its client has gone.
    pub(crate) fn orphan(&mut self, id: u64) {
        self.orphans += usize::from(self.waiting.iter().any(|poll| poll.id == id));
    }

    /// Every poll ends without an answer.
    pub(crate) fn close_all(&mut self) {
        self.waiting.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Forgets orphans whose wait is over; the other polls leave by themselves.
    pub(crate) fn drop_overdue_orphans(&mut self, now: Moment) {
        if self.orphans > 0 {
            self.waiting.retain(|poll| !(poll.reply.is_closed() && poll.until <= now));
            self.orphans = self.waiting.iter().filter(|poll| poll.reply.is_closed()).count();
        }
    }

    /// Serves polls, first come first served, until `take` has nothing for the next one.
    ///
    /// What is assigned to an orphaned poll is lost until its visibility ends: nobody reads the answer.
    pub(crate) fn serve(&mut self, mut take: impl FnMut(&mut Ask) -> Vec<Delivery>) {
        while let Some(poll) = self.waiting.front_mut() {
            let deliveries = take(&mut poll.ask);
            if deliveries.is_empty() {
                return;
            }
            if let Some(poll) = self.waiting.pop_front()
                && poll.reply.send(deliveries).is_err()
            {
                tracing::debug!("a long poll without a client was given messages");
            }
        }
    }
}
