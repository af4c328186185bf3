//! The tasks of a server: at most one active task for each source, and the last ones that ended.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::mover::Mover;
use super::task::MoveTask;
use crate::directory::Directory;
use crate::live::LiveQueue;
use crate::refusal::{Reason, Refusal};

/// The number of tasks of one source that SQS remembers
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html>).
const KEPT: usize = 10;

#[derive(Debug, Default)]
pub(crate) struct MoveTasks {
    /// Newest first. A task is not removed while it is active, because it is the newest of its
    /// source.
    tasks: Mutex<Vec<Arc<MoveTask>>>,
}

impl MoveTasks {
    /// Starts a task that runs until it ends, the source is deleted or the server stops.
    ///
    /// # Errors
    /// If a task of the same source is active.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub(crate) fn start(
        &self,
        directory: &Arc<Directory>,
        source: Arc<LiveQueue>,
        destination: Option<Arc<str>>,
        rate: Option<NonZeroU32>,
    ) -> Result<Arc<MoveTask>, Refusal> {
        let task = Arc::new(MoveTask::new(&source, destination, rate));
        self.insert(&source, Arc::clone(&task))?;
        let queues = Arc::clone(directory);
        let mover = Mover { queues, source, task: Arc::clone(&task) };
        directory.spawn(mover.run());
        Ok(task)
    }

    /// The tasks of a source, newest first.
    pub(crate) fn of(&self, source: &Arc<LiveQueue>) -> Vec<Arc<MoveTask>> {
        self.lock().iter().filter(|task| task.is_from(source)).cloned().collect()
    }

    /// Ends and removes the tasks of a source that is deleted.
    pub(crate) fn end(&self, source: &Arc<LiveQueue>) {
        let ended = self.of(source);
        ended.iter().for_each(|task| task.cancel());
        self.lock().retain(|task| !task.is_from(source));
    }

    fn insert(&self, source: &Arc<LiveQueue>, task: Arc<MoveTask>) -> Result<(), Refusal> {
        let mut tasks = self.lock();
        if tasks.iter().any(|task| task.is_from(source) && task.is_active()) {
            let message = "There is already a task running. Only one active task is allowed for a \
                           source queue arn at a given time.";
            return Err(Refusal::new(Reason::InvalidParameterValueException, message));
        }
        tasks.insert(0, task);
        let mut kept = 0;
        tasks.retain(|task| {
            kept += usize::from(task.is_from(source));
            task.has_source() && !(task.is_from(source) && kept > KEPT)
        });
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<MoveTask>>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
