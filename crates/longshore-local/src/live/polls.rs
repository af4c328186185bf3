//! The open long polls of one queue, in the order of their arrival. Messages are assigned to a poll
//! under the queue's lock, so that one message wakes one poll.

use std::collections::VecDeque;

use tokio::time::Instant;

use crate::queue::{Delivery, ReceiveOptions};
use crate::sync::oneshot;

#[derive(Debug, Default)]
pub(crate) struct Polls {
    waiting: VecDeque<Poll>,
    last_id: u64,
    /// Polls whose client has disconnected.
    orphans: usize,
}

#[derive(Debug)]
struct Poll {
    id: u64,
    options: ReceiveOptions,
    /// In real time: an advance of the server's clock does not end the wait of a client.
    until: Instant,
    reply: oneshot::Sender<Vec<Delivery>>,
}

impl Polls {
    pub(crate) fn open(
        &mut self,
        options: ReceiveOptions,
        until: Instant,
    ) -> (u64, oneshot::Receiver<Vec<Delivery>>) {
        let (reply, response) = oneshot::channel();
        self.last_id += 1;
        self.waiting.push_back(Poll { id: self.last_id, options, until, reply });
        (self.last_id, response)
    }

    pub(crate) fn close(&mut self, id: u64) {
        self.waiting.retain(|poll| poll.id != id);
    }

    /// Keeps the poll open although its client has disconnected.
    pub(crate) fn orphan(&mut self, id: u64) {
        self.orphans += usize::from(self.waiting.iter().any(|poll| poll.id == id));
    }

    /// Ends every poll without a response.
    pub(crate) fn close_all(&mut self) {
        self.waiting.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Removes orphaned polls whose wait time is over. Other polls are removed by their clients.
    pub(crate) fn drop_overdue_orphans(&mut self) {
        if self.orphans > 0 {
            let now = Instant::now();
            self.waiting.retain(|poll| !(poll.reply.is_closed() && poll.until <= now));
            self.orphans = self.waiting.iter().filter(|poll| poll.reply.is_closed()).count();
        }
    }

    /// Serves the polls in the order of their arrival, until `take` returns no messages.
    ///
    /// No client reads the response of an orphaned poll, so its messages stay in flight until their
    /// visibility timeout ends.
    pub(crate) fn serve(&mut self, mut take: impl FnMut(&mut ReceiveOptions) -> Vec<Delivery>) {
        while let Some(poll) = self.waiting.front_mut() {
            let deliveries = take(&mut poll.options);
            if deliveries.is_empty() {
                return;
            }
            if let Some(poll) = self.waiting.pop_front()
                && poll.reply.send(deliveries).is_err()
            {
                tracing::debug!("messages were assigned to a long poll without a client");
            }
        }
    }
}
