//! What happened to each message outside of the queue: its calls, and the faults that allow it to
//! be processed again.

use tokio::time::Instant;

/// A fault that a message met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excuse {
    /// SQS delivered it to two consumers.
    Duplicate = 1,
    /// No live worker got the answer of its receive.
    NotReceived = 2,
    /// A delete of it failed or had no answer, or waited for others that failed.
    Delete = 4,
    /// A change of its visibility failed or had no answer.
    Change = 8,
    /// Its worker was killed.
    Killed = 16,
    /// The machine was suspended.
    Suspended = 32,
    /// A worker got it before it knew the redrive policy, because its requests for the attributes
    /// had failed.
    UnknownPolicy = 64,
    /// Its last receive ended with the grace of a stop.
    Stopped = 128,
    /// An answer about it was late: its worker had given the request up, or did not know when the
    /// visibility timeout began.
    Late = 256,
    /// Its heartbeats failed until its lease ended, and its handler processed it in the time that an
    /// interrupted handler has to end. The worker does not delete it then.
    LeaseLost = 512,
    /// SQS was unreachable from the end of its handler until its worker gave up.
    Unreachable = 1024,
    /// A send of it to the dead-letter queue had no answer.
    Send = 2048,
}

/// One message.
#[derive(Debug, Default)]
pub(crate) struct Account {
    excuses: u16,
    /// Calls that processed it.
    pub(crate) done: u32,
    /// Calls that failed.
    pub(crate) failed: u32,
    /// Copies of it that a worker has sent to the dead-letter queue.
    pub(crate) moved: u32,
    /// The workers whose handlers have it now.
    pub(crate) running: Vec<usize>,
    /// Since when a second handler has it, after a lost lease.
    pub(crate) taken_over: Option<Instant>,
    /// The last receive whose answer a worker got, and the end of its lease as that worker knows it.
    pub(crate) lease: Option<(u32, Instant)>,
}

impl Account {
    pub(crate) fn excuse(&mut self, excuse: Excuse) {
        self.excuses |= excuse as u16;
    }

    /// The end of the lease of this receive; `None` if there was a later receive.
    pub(crate) fn lease_of(&self, receive: u32) -> Option<Instant> {
        self.lease.filter(|(latest, _)| *latest == receive).map(|(_, ends)| ends)
    }

    pub(crate) fn has(&self, excuses: &[Excuse]) -> bool {
        excuses.iter().any(|excuse| self.excuses & *excuse as u16 != 0)
    }
}
