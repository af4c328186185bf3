//! The branches that a run of many seeds must reach.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

macro_rules! marks {
    ($($mark:ident $name:literal,)+) => {
        /// A branch of the simulation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Mark { $($mark,)+ }

        impl Mark {
            pub(crate) const ALL: &[Self] = &[$(Self::$mark,)+];

            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$mark => $name,)+ }
            }
        }
    };
}

marks! {
    Throttled "a request is throttled",
    ServerError "a request gets a 5xx",
    CutBefore "a connection is cut before the request arrives",
    Blackout "a request does not arrive because SQS is unreachable",
    LostReceive "the answer of a receive with messages is lost",
    LostDelete "the answer of a delete is lost",
    LostChange "the answer of a change of visibility is lost",
    SlowAnswer "an answer takes longer than the client waits",
    EntryRefused "an entry of a batch fails and is not applied",
    EntryApplied "an entry of a batch fails although it was applied",
    Duplicate "a message is delivered while another consumer has it",
    StaleReceipt "a receipt of an earlier receive is used",
    Reordered "messages arrive in another order",
    AttemptRepeated "a receive attempt is repeated and returns the same messages",
    DeadLetter "a message becomes a dead letter",
    LeaseExpired "a message becomes visible while a worker has it",
    HandlerFails "a handler fails",
    HandlerRejects "a handler rejects a message",
    Moved "a rejected message is sent to the dead-letter queue",
    LostSend "the answer of a send to the dead-letter queue is lost",
    HandlerPanics "a handler panics",
    HandlerHangs "a handler never ends",
    HandlerSlow "a handler takes longer than half of the visibility timeout",
    HandlerLong "a handler takes longer than the visibility timeout",
    ApplicationDown "the application is unreachable",
    ApplicationErrors "the application answers every call with an outage",
    HandlerInterrupted "a handler is dropped before it ends",
    SentInFuture "a message has a time in the future",
    Suspended "all processes are suspended",
    StoppedInReceive "a stop begins while a receive is open",
    StoppedInHandler "a stop begins while a handler runs",
    StoppedInSettle "a stop begins while a settle is open",
    Hurried "a second signal ends the grace",
    Killed "a worker is killed",
    KilledInHandler "a worker is killed while a handler runs",
    ReceiveDropped "a client drops a receive that the server answers with messages",
    Batched "a batch handler gets several messages",
    BatchFailsInPart "a batch handler fails a part of its messages",
    GroupFailed "a message fails, and the others of its group wait",
}

/// How often each branch was reached.
pub(crate) struct Marks(Vec<AtomicU64>);

impl Marks {
    pub(crate) fn new() -> Self {
        Self(Mark::ALL.iter().map(|_| AtomicU64::new(0)).collect())
    }

    pub(crate) fn reach(&self, mark: Mark) {
        self.0[mark as usize].fetch_add(1, Relaxed);
    }

    pub(crate) fn count(&self, mark: Mark) -> u64 {
        self.0[mark as usize].load(Relaxed)
    }

    pub(crate) fn unreached(&self) -> Vec<Mark> {
        Mark::ALL.iter().copied().filter(|mark| self.count(*mark) == 0).collect()
    }
}
