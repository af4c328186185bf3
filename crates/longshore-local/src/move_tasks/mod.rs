//! Message move tasks: each moves the visible messages of a dead-letter queue to the queues that
//! they came from, or to one other queue.

mod handle;
#[cfg(all(test, shuttle))]
mod interleavings;
mod mover;
mod pace;
mod registry;
mod task;

pub(crate) use handle::TaskHandle;
pub(crate) use registry::MoveTasks;
pub(crate) use task::{MoveTask, Status};
