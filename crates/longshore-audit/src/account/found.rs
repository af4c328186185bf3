//! What is read of an account.

use crate::gap::Gap;
use crate::queue::Queue;
use crate::report::Requests;

/// What is read, and what could not be read.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) queues: Vec<Queue>,
    pub(super) gaps: Vec<Gap>,
    pub(super) requests: Requests,
}
