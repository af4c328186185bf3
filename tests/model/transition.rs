//! What happens to the state when a request or an answer arrives.

use crate::lease::{Lease, Work};
use crate::queue::{BACKOFF, VISIBILITY};
use crate::state::{Phase, Receive, State, Worker};

/// Messages of the worker that satisfy the condition are to be released.
pub(crate) fn release_all(worker: &mut Worker, condition: impl Fn(&Lease) -> bool) {
    worker.leases.iter_mut().filter(|lease| condition(lease)).for_each(|lease| {
        lease.work = Work::Unwanted;
    });
}

/// SQS applies the settle of a lease. Whether it ended is known only with the answer.
pub(crate) fn settle(state: &mut State, w: usize, place: usize, answered: bool, is_late: bool) {
    let worker = &mut state.workers[w];
    let lease = &mut worker.leases[place];
    lease.is_settling = false;
    let stored = &mut state.stored[lease.message];
    match lease.work {
        Work::Processed => stored.delete(lease.receipt),
        Work::Failed => _ = stored.change(lease.receipt, BACKOFF, is_late),
        _ => _ = stored.change(lease.receipt, 0, is_late),
    }
    if answered {
        let settled = worker.leases.remove(place);
        worker.settled += 1;
        if settled.work == Work::Failed {
            worker.returned.push((settled.message, settled.receipt));
        }
    }
}

/// SQS applies a heartbeat. Without an answer, or if SQS refuses it, the worker's belief is unchanged.
pub(crate) fn extend(state: &mut State, w: usize, place: usize, answered: bool, is_late: bool) {
    let worker = &mut state.workers[w];
    let heartbeat = worker.heartbeats.remove(place);
    let stored = &mut state.stored[heartbeat.message];
    let is_applied = stored.change(heartbeat.receipt, VISIBILITY, is_late);
    let lease = worker.leases.iter_mut().find(|lease| heartbeat.is_of(lease));
    if answered
        && is_applied
        && let Some(lease) = lease
    {
        lease.extended(heartbeat.age);
    }
}

/// A worker gets the message of its receive. A stop has begun in the meantime, or not.
pub(crate) fn answer(worker: &mut Worker, message: usize, receipt: u8) {
    worker.receive = Receive::None;
    worker.received += 1;
    let mut lease = Lease::new(message, receipt);
    if worker.phase == Phase::Stopping {
        lease.work = Work::Unwanted;
    }
    worker.leases.push(lease);
}
