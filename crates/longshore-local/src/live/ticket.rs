//! A client's hold on its long poll.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::handle::Live;
use crate::clock::Moment;
use crate::queue::Delivery;
use crate::refusal::Refusal;

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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::live::fixture::Quay;

    #[tokio::test(start_paused = true)]
    async fn a_poll_dropped_with_messages_in_hand_gives_them_back_unreceived() {
        let quay = Quay::open();
        let ticket = quay.poll(false);
        quay.send(0);
        assert_eq!(quay.live.counts().in_flight, 1, "the message was assigned to the poll");
        drop(ticket);
        assert_eq!((quay.live.counts().visible, quay.live.counts().polls), (1, 0));
        assert_eq!(quay.receive()[0].receive_count, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_poll_hands_its_messages_to_the_next_in_line() {
        let quay = Quay::open();
        let (first, second) = (quay.poll(false), quay.poll(false));
        quay.send(0);
        drop(first);
        assert_eq!(second.wait(&quay.stop).await.unwrap().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn an_orphan_swallows_messages_until_its_wait_is_over() {
        let quay = Quay::open();
        drop(quay.poll(true));
        assert_eq!(quay.live.counts().polls, 1);
        quay.send(0);
        assert_eq!((quay.live.counts().in_flight, quay.live.counts().polls), (1, 0));
        drop(quay.poll(true));
        tokio::time::sleep(Duration::from_secs(20)).await;
        quay.send(0);
        assert_eq!((quay.live.counts().visible, quay.live.counts().polls), (1, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_poll_ends_with_nothing_when_its_wait_or_the_server_does() {
        let quay = Quay::open();
        assert!(quay.poll(false).wait(&quay.stop).await.unwrap().is_empty());
        let ticket = quay.poll(false);
        quay.stop.cancel();
        assert!(ticket.wait(&quay.stop).await.unwrap().is_empty());
        assert_eq!(quay.live.counts().polls, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_poll_ends_with_an_error_when_its_queue_is_deleted() {
        let quay = Quay::open();
        let ticket = quay.poll(false);
        quay.directory.delete("q").unwrap();
        assert!(ticket.wait(&quay.stop).await.is_err());
    }
}
