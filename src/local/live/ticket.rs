//! A client's hold on its long poll.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::handle::Live;
use crate::local::clock::Moment;
use crate::local::queue::Delivery;
use crate::local::refusal::Refusal;

/// Dropping it unanswered ends the poll, and what had just been assigned to it goes back as if never
/// received; unless the poll is to be orphaned, which leaves it to swallow messages.
#[derive(Debug)]
pub(crate) struct Ticket {
    live: Arc<Live>,
    id: u64,
    answer: oneshot::Receiver<Vec<Delivery>>,
    until: Moment,
    orphan: bool,
    answered: bool,
}

impl Ticket {
    pub(super) fn new(
        live: Arc<Live>,
        id: u64,
        answer: oneshot::Receiver<Vec<Delivery>>,
        until: Moment,
        orphan: bool,
    ) -> Self {
        Self { live, id, answer, until, orphan, answered: false }
    }

    /// Waits for messages: nothing if the wait ends first or the server stops, an error if the queue is
    /// deleted meanwhile.
    pub(crate) async fn wait(mut self, stop: &CancellationToken) -> Result<Vec<Delivery>, Refusal> {
        let end = tokio::time::sleep_until(self.live.clock.instant(self.until));
        tokio::select! {
            biased;
            answer = &mut self.answer => {
                self.answered = true;
                answer.map_err(|_| Refusal::no_such_queue())
            }
            () = end => Ok(self.close()),
            () = stop.cancelled() => Ok(self.close()),
        }
    }

    /// Ends the poll. A message may have been assigned in the very moment.
    fn close(&mut self) -> Vec<Delivery> {
        self.answered = true;
        self.live.act_on_all(|state, _, _| state.polls.close(self.id));
        self.answer.try_recv().unwrap_or_default()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if self.answered {
            return;
        }
        if self.orphan {
            self.live.lock().polls.orphan(self.id);
            return;
        }
        let unseen = self.close();
        if !unseen.is_empty() {
            self.live.act(|queue, _| queue.take_back(&unseen));
        }
    }
}
