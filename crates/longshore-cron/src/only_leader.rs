//! The claims of a worker that alone sends periodic tasks. They end with the process, so a run that is
//! due while the process is down is not known to it.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};
use std::time::SystemTime;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};

use longshore::queue::QueueError;

use super::claims::{Claim, Claims, Record};
use super::run_time::RunTime;

/// The records of one process.
#[derive(Debug, Default)]
pub struct OnlyLeader(Mutex<HashMap<String, Record>>);

impl OnlyLeader {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Record>> {
        self.0.lock().expect("no code panics while it holds this lock")
    }
}

impl Claims for OnlyLeader {
    fn begin<'a>(
        &'a self,
        task: &'a str,
        latest: RunTime,
    ) -> BoxFuture<'a, Result<Record, QueueError>> {
        let mut records = self.lock();
        let record = records.entry(task.to_owned()).or_insert(Record::done(latest));
        ready(Ok(*record)).boxed()
    }

    fn claim<'a>(
        &'a self,
        task: &'a str,
        run: RunTime,
        _: SystemTime,
    ) -> BoxFuture<'a, Result<Claim, QueueError>> {
        let claimed = Record { run, is_done: false };
        let before = self.lock().insert(task.to_owned(), claimed);
        ready(Ok(Claim::Won(before.unwrap_or(claimed)))).boxed()
    }

    fn finish<'a>(&'a self, task: &'a str, run: RunTime) -> BoxFuture<'a, Result<(), QueueError>> {
        self.lock().insert(task.to_owned(), Record::done(run));
        ready(Ok(())).boxed()
    }
}
