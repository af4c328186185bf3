//! Which worker sends a run.
//!
//! A worker claims a run, sends its message, and records that. If it ends in between, its claim runs out
//! and another worker sends the run: a message can be sent twice, but none is lost.

use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;

use longshore::queue::QueueError;

use super::run_time::RunTime;

/// A run that is further in the future was claimed by a worker whose clock is wrong.
pub(crate) const FUTURE: Duration = Duration::from_secs(3600);

/// What is known about the runs of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record {
    /// The last run that was claimed.
    pub run: RunTime,
    /// Whether it was sent or given up.
    pub is_done: bool,
}

/// The result of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The run belongs to this worker, which sends it. The record is the one before the claim.
    Won(Record),
    /// The run is done, or a later one was claimed.
    Done,
    /// Another worker sends it, and has until then.
    Held(SystemTime),
}

/// The record of each task. Each call sends at most one request, and can be repeated after a failure.
pub trait Claims: Send + Sync + 'static {
    /// Returns the record of a task. If there is none, the runs up to this one are done, because no
    /// worker has known the task before.
    fn begin<'a>(
        &'a self,
        task: &'a str,
        latest: RunTime,
    ) -> BoxFuture<'a, Result<Record, QueueError>>;

    /// Claims a run.
    fn claim<'a>(
        &'a self,
        task: &'a str,
        run: RunTime,
        now: SystemTime,
    ) -> BoxFuture<'a, Result<Claim, QueueError>>;

    /// Records that a claimed run was sent or given up.
    fn finish<'a>(&'a self, task: &'a str, run: RunTime) -> BoxFuture<'a, Result<(), QueueError>>;
}

impl Record {
    /// A run that was sent or given up.
    pub fn done(run: RunTime) -> Self {
        Self { run, is_done: true }
    }

    /// The last run that is done, as far as this record says.
    pub fn last_done(self) -> RunTime {
        if self.is_done { self.run } else { self.run.before() }
    }
}
