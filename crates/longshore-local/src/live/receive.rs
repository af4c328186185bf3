//! Receiving from a running queue: at once, later, or through the polls already waiting; and the way
//! of dead letters from one queue to another.

use std::sync::Arc;

use super::handle::{Live, State};
use super::ticket::Ticket;
use crate::clock::Moment;
use crate::queue::{Ask, DeadLetter, Delivery, Queue};
use crate::refusal::{Reason, Refusal};
use crate::settings::Number;

/// How long a receive waits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wait {
    /// The queue's own wait unless given; an explicit 0 is a short poll.
    pub(crate) seconds: Option<u32>,
    /// Whether the poll outlives its client.
    pub(crate) orphan: bool,
}

/// How a receive goes on.
pub(crate) enum Reception {
    Now(Vec<Delivery>),
    /// Nothing yet: the poll is open.
    Later(Ticket),
}

/// Dead letters on their way; carried out after the source's lock is released, for two queues may name
/// each other.
pub(super) struct Burial {
    target: Arc<Live>,
    letters: Vec<DeadLetter>,
}

impl Burial {
    pub(super) fn carry_out(self, source: &Arc<str>) {
        self.target.act(|queue, now| {
            self.letters.into_iter().for_each(|letter| queue.take_dead_letter(now, letter, source));
        });
    }
}

impl Live {
    /// Receives what there is or, if that is nothing, waits its turn in a long poll.
    pub(crate) fn receive(
        self: &Arc<Self>,
        mut ask: Ask,
        wait: Wait,
    ) -> Result<Reception, Refusal> {
        self.act_on_all(|state, now, burials| {
            let own_wait = state.queue.settings[Number::ReceiveMessageWaitTimeSeconds];
            let seconds = wait.seconds.unwrap_or(own_wait);
            if seconds == 0 && state.queue.refuses_receives() {
                return Err(over_limit());
            }
            let deliveries = self.take(&mut state.queue, now, &mut ask, burials);
            if !deliveries.is_empty() || seconds == 0 || state.deleted {
                return Ok(Reception::Now(deliveries));
            }
            let until = now.after_seconds(seconds);
            let (id, answer) = state.polls.open(ask, until);
            Ok(Reception::Later(Ticket::new(Arc::clone(self), id, answer, until, wait.orphan)))
        })
    }

    /// Gives visible messages to waiting polls.
    pub(super) fn serve(&self, state: &mut State, now: Moment, burials: &mut Vec<Burial>) {
        let State { queue, polls, .. } = state;
        polls.serve(|ask| match queue.counts().visible {
            0 => Vec::new(),
            _ => self.take(queue, now, ask, burials),
        });
    }

    fn take(
        &self,
        queue: &mut Queue,
        now: Moment,
        ask: &mut Ask,
        burials: &mut Vec<Burial>,
    ) -> Vec<Delivery> {
        let redrive = self.redrive(queue);
        ask.most_receives = redrive.as_ref().map(|(most_receives, _)| *most_receives);
        let received = queue.receive(now, ask);
        if let Some((_, target)) = redrive
            && !received.dead.is_empty()
        {
            burials.push(Burial { target, letters: received.dead });
        }
        received.deliveries
    }

    /// The redrive policy's count and target; without a target to go to, messages stay where they are.
    fn redrive(&self, queue: &Queue) -> Option<(u32, Arc<Self>)> {
        let policy = queue.settings.redrive.as_ref()?;
        let target = self.directory.upgrade()?.find(policy.target_name()).ok()?;
        Some((policy.max_receive_count, target))
    }
}

/// What SQS says to a short poll; a long poll just finds nothing
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>).
fn over_limit() -> Refusal {
    let message =
        "Too many messages are in flight: delete some, or wait for their visibility to end.";
    Refusal::new(Reason::OverLimit, message)
}
