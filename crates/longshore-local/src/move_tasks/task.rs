//! One message move task: what it moves, and its progress.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio_util::sync::CancellationToken;

use super::handle::TaskHandle;
use crate::clock::Moment;
use crate::live::LiveQueue;

#[derive(Debug)]
pub(crate) struct MoveTask {
    pub(crate) handle: TaskHandle,
    /// The ARN of the destination. Without one, each message returns to the queue that it came
    /// from.
    pub(crate) destination: Option<Arc<str>>,
    /// Messages per second; `None` moves them as fast as possible.
    pub(crate) rate: Option<NonZeroU32>,
    pub(crate) started: Moment,
    /// The number of visible messages in the source at the start. The task moves no more.
    pub(crate) to_move: usize,
    source: Weak<LiveQueue>,
    pub(super) cancelled: CancellationToken,
    progress: Mutex<Progress>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    pub(crate) status: Status,
    pub(crate) moved: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Running,
    Completed,
    Cancelling,
    Cancelled,
    Failed(Failure),
}

/// Why a task failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// A client sent the message to the source itself, and the task has no destination.
    UnknownSource,
    /// The queue to which the message moves was deleted.
    NoDestination,
}

impl MoveTask {
    pub(super) fn new(
        source: &Arc<LiveQueue>,
        destination: Option<Arc<str>>,
        rate: Option<NonZeroU32>,
    ) -> Self {
        let (to_move, started) = source.act(|queue, now| (queue.counts().visible, now));
        Self {
            handle: TaskHandle::new(&source.arn),
            destination,
            rate,
            started,
            to_move,
            source: Arc::downgrade(source),
            cancelled: CancellationToken::new(),
            progress: Mutex::new(Progress { status: Status::Running, moved: 0 }),
        }
    }

    pub(crate) fn progress(&self) -> Progress {
        *self.lock()
    }

    pub(super) fn is_from(&self, source: &Arc<LiveQueue>) -> bool {
        std::ptr::eq(self.source.as_ptr(), Arc::as_ptr(source))
    }

    /// Whether the source is neither deleted nor about to be dropped.
    pub(super) fn has_source(&self) -> bool {
        self.source.strong_count() > 0
    }

    /// Whether the task can still move messages.
    pub(super) fn is_active(&self) -> bool {
        matches!(self.progress().status, Status::Running | Status::Cancelling)
    }

    /// Cancels the task. It moves no message that it has not begun to move.
    pub(crate) fn cancel(&self) {
        {
            let mut progress = self.lock();
            if progress.status == Status::Running {
                progress.status = Status::Cancelling;
            }
        }
        self.cancelled.cancel();
    }

    pub(super) fn count_moved(&self) {
        self.lock().moved += 1;
    }

    pub(super) fn end(&self, status: Status) {
        self.lock().status = status;
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Cancelling => "CANCELLING",
            Self::Cancelled => "CANCELLED",
            Self::Failed(_) => "FAILED",
        }
    }

    /// The `FailureReason` of a failed task.
    pub(crate) fn failure_reason(self) -> Option<&'static str> {
        match self {
            Self::Failed(Failure::UnknownSource) => Some("CouldNotDetermineMessageSource"),
            Self::Failed(Failure::NoDestination) => Some("AWS.SimpleQueueService.NonExistentQueue"),
            _ => None,
        }
    }
}
