//! What the poll loops of one queue share, and what their end means.

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::backlog::Backlog;
use super::leases::Leases;
use super::processor::Processor;
use super::slots::Slots;
use super::stop::Stop;
use crate::health::Health;
use crate::queue::Queue;
use crate::telemetry::QueueMetrics;

/// What all poll loops of a queue share.
pub(super) struct Intake {
    pub(super) queue: Arc<dyn Queue>,
    pub(super) wait: Duration,
    /// How long a receive may wait so that it brings more.
    pub(super) gather: Duration,
    pub(super) visibility: Duration,
    pub(super) max_pollers: usize,
    /// Stop when the queue is empty, rather than wait for more.
    pub(super) until_empty: bool,
    pub(super) slots: Arc<Slots>,
    pub(super) leases: Arc<Leases>,
    pub(super) processor: Arc<Processor>,
    /// The messages in hand, handled or held.
    pub(super) handling: TaskTracker,
    /// Poll loops beside the first.
    pub(super) company: TaskTracker,
    /// Questions about the backlog. No message waits for their answers.
    pub(super) questions: TaskTracker,
    /// No receive is open and none will be.
    pub(super) polls_over: CancellationToken,
    pub(super) pollers: AtomicUsize,
    pub(super) backlog: Arc<Backlog>,
    pub(super) metrics: Arc<QueueMetrics>,
    pub(super) health: Health,
    pub(super) stop: Stop,
}

/// Why the intake of a queue ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum IntakeEnd {
    /// A stop was asked for.
    Stopped,
    /// The queue was empty, and that was to be the end.
    Empty,
    /// It was to run until empty, and cannot reach the queue.
    Failed(String),
}
