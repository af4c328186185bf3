//! What the poll loops of one queue share, and why they end.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::backlog::Backlog;
use super::breaker::Breaker;
use super::groups::Fifo;
use super::lease_table::LeaseTable;
use super::metered::MeteredQueue;
use super::processor::Processor;
use super::slots::SlotPool;
use super::stop::Stop;
use crate::envelope::Unwrapper;
use crate::health::Health;
use crate::telemetry::QueueMetrics;

/// The state that all poll loops of a queue share.
pub(super) struct Polling {
    pub(super) queue: Arc<MeteredQueue>,
    pub(super) wait: Duration,
    /// How long the next receive may wait so that it returns more messages.
    pub(super) gather: Duration,
    pub(super) visibility: Duration,
    pub(super) max_pollers: usize,
    /// End when the queue is empty.
    pub(super) until_empty: bool,
    pub(super) slots: Arc<SlotPool>,
    pub(super) leases: Arc<LeaseTable>,
    /// The message groups of a FIFO queue.
    pub(super) fifo: Option<Fifo>,
    pub(super) unwrapper: Unwrapper,
    pub(super) processor: Arc<Processor>,
    pub(super) breaker: Arc<Breaker>,
    /// The tasks of all messages, processed or buffered.
    pub(super) message_tasks: TaskTracker,
    pub(super) extra_loops: TaskTracker,
    /// Cancelled when no receive is open and none will follow.
    pub(super) polls_over: CancellationToken,
    pub(super) pollers: AtomicUsize,
    pub(super) backlog: Arc<Backlog>,
    pub(super) metrics: Arc<QueueMetrics>,
    pub(super) health: Health,
    pub(super) stop: Stop,
}

/// Why polling ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PollEnd {
    /// A stop was requested.
    Stopped,
    /// The queue was empty, and the worker runs until then.
    Empty,
    /// The queue cannot be reached, and the worker runs until it is empty.
    Failed(String),
}
