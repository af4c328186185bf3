//! Receiving from a live queue: at once, or in a long poll.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::queue::LiveQueue;
use crate::queue::{Delivery, ReceiveOptions};
use crate::refusal::{Reason, Refusal};
use crate::settings::Number;
use crate::sync::oneshot;

/// How long a receive waits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wait {
    /// `None` uses the queue's `ReceiveMessageWaitTimeSeconds`; 0 is a short poll.
    pub(crate) seconds: Option<u32>,
    /// Whether the poll stays open after its client disconnects.
    pub(crate) orphan: bool,
}

/// What a receive returns before it waits.
pub(crate) enum ReceiveOutcome {
    Ready {
        deliveries: Vec<Delivery>,
        /// Whether the wait time was 0.
        is_short: bool,
    },
    /// There are no messages yet, and the poll is open.
    Waiting(LongPoll),
}

/// A client's open long poll.
///
/// Dropping it closes the poll and undoes the receive of messages that were just assigned to it. If
/// `orphan` is set, dropping it leaves the poll open instead, and the poll takes messages that no
/// client reads.
#[derive(Debug)]
pub(crate) struct LongPoll {
    live: Arc<LiveQueue>,
    id: u64,
    response: oneshot::Receiver<Vec<Delivery>>,
    until: Instant,
    orphan: bool,
    finished: bool,
}

impl LiveQueue {
    /// Receives the visible messages. If there are none, it opens a long poll.
    ///
    /// # Errors
    /// `OverLimit` for a short poll of a standard queue that is at its in-flight limit.
    pub(crate) fn receive(
        self: &Arc<Self>,
        mut options: ReceiveOptions,
        wait: Wait,
    ) -> Result<ReceiveOutcome, Refusal> {
        self.update(|state, now, transfers| {
            let default_wait = state.queue.settings[Number::ReceiveMessageWaitTimeSeconds];
            let seconds = wait.seconds.unwrap_or(default_wait);
            if seconds == 0 && state.queue.refuses_receives() {
                return Err(over_limit());
            }
            let deliveries = self.receive_now(&mut state.queue, now, &mut options, transfers);
            if !deliveries.is_empty() || seconds == 0 || state.deleted {
                return Ok(ReceiveOutcome::Ready { deliveries, is_short: seconds == 0 });
            }
            let until = Instant::now() + Duration::from_secs(seconds.into());
            let (id, response) = state.polls.open(options, until);
            Ok(ReceiveOutcome::Waiting(LongPoll {
                live: Arc::clone(self),
                id,
                response,
                until,
                orphan: wait.orphan,
                finished: false,
            }))
        })
    }
}

/// SQS returns this to a short poll. A long poll only finds no messages
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>).
fn over_limit() -> Refusal {
    let message = "Too many messages are in flight: delete messages, or wait until their visibility \
                   timeouts end.";
    Refusal::new(Reason::OverLimit, message)
}

impl LongPoll {
    /// Waits for messages. It returns no messages if the wait time ends or the server stops first.
    /// The wait time is real time: a client does not expect its receive to end early because the
    /// server's clock is advanced.
    ///
    /// # Errors
    /// `QueueDoesNotExist` if the queue is deleted in the meantime.
    pub(crate) async fn wait(mut self, stop: &CancellationToken) -> Result<Vec<Delivery>, Refusal> {
        let end = tokio::time::sleep_until(self.until);
        tokio::select! {
            biased;
            response = &mut self.response => {
                self.finished = true;
                response.map_err(|_| Refusal::no_such_queue())
            }
            () = end => Ok(self.close()),
            () = stop.cancelled() => Ok(self.close()),
        }
    }

    /// Closes the poll. Returns the messages that were assigned to it just before.
    fn close(&mut self) -> Vec<Delivery> {
        self.finished = true;
        self.live.update(|state, _, _| state.polls.close(self.id));
        self.response.try_recv().unwrap_or_default()
    }
}

impl Drop for LongPoll {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        if self.orphan {
            self.live.lock().polls.orphan(self.id);
            return;
        }
        let undelivered = self.close();
        if !undelivered.is_empty() {
            self.live.act(|queue, _| queue.undo_receive(&undelivered));
        }
    }
}
