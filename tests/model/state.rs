//! The state of the model: the queue, the workers, and what is on its way between them.

use stateright::Representative;

use crate::lease::{Heartbeat, Lease};
use crate::queue::Stored;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    pub(crate) stored: Vec<Stored>,
    pub(crate) workers: Vec<Worker>,
    /// How many handlers processed each message.
    pub(crate) processed: Vec<u8>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Worker {
    pub(crate) phase: Phase,
    pub(crate) receive: Receive,
    pub(crate) leases: Vec<Lease>,
    pub(crate) heartbeats: Vec<Heartbeat>,
    /// Messages received, settled and lost.
    pub(crate) received: u8,
    pub(crate) settled: u8,
    pub(crate) lost: u8,
    /// Every receipt that SQS handed out to it, except those of lost answers and lost leases.
    pub(crate) receipts: Vec<(usize, u8)>,
    /// Receipts with which it returned a failed message, after SQS confirmed it.
    pub(crate) returned: Vec<(usize, u8)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Phase {
    #[default]
    Running,
    Stopping,
    Stopped,
    Killed,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Receive {
    #[default]
    None,
    Open,
    /// SQS has handed out a message, and the answer is on its way.
    Answered {
        message: usize,
        receipt: u8,
    },
}

impl State {
    /// What killed workers had received.
    pub(crate) fn killed(&self) -> impl Iterator<Item = (usize, u8)> {
        let killed = self.workers.iter().filter(|worker| worker.phase == Phase::Killed);
        killed.flat_map(|worker| &worker.receipts).copied()
    }
}

/// Two states that differ only in the order of the workers are one.
impl Representative for State {
    fn representative(&self) -> Self {
        let mut state = self.clone();
        state.workers.sort_unstable();
        state
    }
}

impl Worker {
    pub(crate) fn is_alive(&self) -> bool {
        matches!(self.phase, Phase::Running | Phase::Stopping)
    }

    pub(crate) fn believes(&self, message: usize) -> bool {
        self.leases.iter().any(|lease| lease.message == message && lease.is_believed())
    }

    /// Only requests that are on their way remain, and what it had received.
    pub(crate) fn kill(&mut self) {
        self.phase = Phase::Killed;
        self.receive = Receive::None;
        self.leases.retain(|lease| lease.is_settling);
        (self.received, self.settled, self.lost) = (0, 0, 0);
    }

    /// Whether a heartbeat of the lease is on its way.
    pub(crate) fn is_extending(&self, lease: &Lease) -> bool {
        self.heartbeats.iter().any(|heartbeat| heartbeat.is_of(lease))
    }

    /// The leases that satisfy the condition are lost.
    pub(crate) fn lose(&mut self, is_lost: impl Fn(&Lease) -> bool) {
        for lease in self.leases.extract_if(.., |lease| is_lost(lease)) {
            self.receipts.retain(|receipt| *receipt != (lease.message, lease.receipt));
        }
    }
}
