//! Moves the messages of one task, one after the other.

use std::sync::Arc;

use super::pace::Pace;
use super::task::{Failure, MoveTask, Status};
use crate::live::{DeadLetterQueues, LiveQueue};
use crate::queue::Departure;

#[derive(Debug)]
pub(super) struct Mover {
    /// All queues of the server.
    pub(super) queues: Arc<dyn DeadLetterQueues>,
    pub(super) source: Arc<LiveQueue>,
    pub(super) task: Arc<MoveTask>,
}

impl Mover {
    /// Moves messages until all are moved, the task is cancelled, or a message cannot move. If this
    /// future is dropped, the messages that it has not moved stay in the source.
    pub(super) async fn run(self) {
        let status = match self.task.cancelled.run_until_cancelled(self.move_all()).await {
            Some(Ok(())) => Status::Completed,
            Some(Err(failure)) => Status::Failed(failure),
            None => Status::Cancelled,
        };
        self.task.end(status);
    }

    async fn move_all(&self) -> Result<(), Failure> {
        let mut pace = Pace::new(&self.source.clock, self.task.rate);
        for _ in 0..self.task.to_move {
            pace.wait().await;
            if !self.move_next()? {
                break;
            }
            self.task.count_moved();
        }
        Ok(())
    }

    /// Moves one message. Returns false if no message is visible, or the source is deleted. It must
    /// not await, because a message between two queues would stay hidden if the task ended.
    pub(super) fn move_next(&self) -> Result<bool, Failure> {
        let begun = self.source.act_unless_deleted(|queue, now| queue.begin_move(now));
        let Some(departure) = begun.flatten() else { return Ok(false) };
        let delivered = self.deliver(&departure);
        self.source.act(|queue, _| match delivered {
            Ok(()) => queue.finish_move(departure),
            Err(_) => queue.undo_move(departure),
        });
        delivered.map(|()| true)
    }

    /// Looks up the destination for each message, because it can be deleted at any time.
    fn deliver(&self, departure: &Departure) -> Result<(), Failure> {
        let origin = &departure.envelope.dead_letter_source;
        let arn = self.task.destination.as_ref().or(origin.as_ref());
        let arn = arn.ok_or(Failure::UnknownSource)?;
        let destination = self.queues.find_arn(arn).ok_or(Failure::NoDestination)?;
        let accepted =
            destination.act_unless_deleted(|queue, now| queue.accept_moved(now, departure));
        accepted.ok_or(Failure::NoDestination)
    }
}
