//! FIFO queues. SQS returns the messages of a group in order, and no more of a group while one of
//! its messages is in flight. So the messages of a group that one receive returned are handled one
//! after the other, in a lane. Groups are handled in parallel.

mod attempts;
mod lane;
mod table;

use std::sync::Arc;
use std::time::Duration;

pub(super) use attempts::{Attempt, Attempts};
pub(super) use lane::{Lane, lanes};
pub(super) use table::Groups;

use crate::telemetry::QueueMetrics;

/// The state of a FIFO queue that the poll loops share.
pub(super) struct Fifo {
    pub(super) groups: Arc<Groups>,
    pub(super) attempts: Attempts,
}

impl Fifo {
    pub(super) fn new(visibility: Duration, metrics: Arc<QueueMetrics>) -> Self {
        Self { groups: Groups::new(metrics), attempts: Attempts::new(visibility) }
    }
}
