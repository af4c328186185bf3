//! Claims of several workers, by conditional writes to one table. The table has one item for each task
//! of each queue, so it does not grow.
//!
//! | attribute | type | contains |
//! | --- | --- | --- |
//! | `task` | text, the partition key | region, account, queue and name of the task |
//! | `run` | number | the Unix time of the last run that was claimed |
//! | `state` | text | `claimed`, then `done` |
//! | `until` | number | when the claim runs out, in milliseconds |
//! | `owner` | text | the worker that has claimed it |

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use longshore::queue::{ConditionalUpdate, Item, QueueError, Table, TableValue, Updated};

use super::claims::{Claim, Claims, FUTURE, Record};
use super::run_time::RunTime;

/// How long a worker has to send a run that it has claimed. Three requests of 5 s fit into it.
pub const LEASE: Duration = Duration::from_secs(30);

const KEY: &str = "task";
const IS_NEW: &str = "attribute_not_exists(#task)";
const IS_FREE: &str = "attribute_not_exists(#task) OR #run < :run OR #run > :future OR \
                       (#run = :run AND #state = :state AND (#until < :now OR #owner = :owner))";
const IS_CLAIMED: &str = "#run = :run";

/// A table whose items can be changed under a condition.
pub trait ItemTable: Send + Sync + 'static {
    /// See [`Table::update`].
    fn update<'a>(
        &'a self,
        update: &'a ConditionalUpdate<'a>,
    ) -> BoxFuture<'a, Result<Updated, QueueError>>;
}

impl ItemTable for Table {
    fn update<'a>(
        &'a self,
        update: &'a ConditionalUpdate<'a>,
    ) -> BoxFuture<'a, Result<Updated, QueueError>> {
        self.update(update).boxed()
    }
}

/// The claims of one worker for the tasks of one queue.
#[derive(Debug)]
pub struct TableClaims<T> {
    table: T,
    /// The part of a key that names the queue.
    queue: String,
    /// Differs between workers and between starts.
    owner: String,
}

impl<T: ItemTable> TableClaims<T> {
    /// The claims in this table. `queue` must not be that of another queue which uses the same table.
    pub fn new(table: T, queue: impl Into<String>) -> Self {
        Self { table, queue: queue.into(), owner: format!("{:032x}", fastrand::u128(..)) }
    }

    async fn begin_task(&self, task: &str, latest: RunTime) -> Result<Record, QueueError> {
        let set = vec![number("run", latest.unix_seconds()), text("state", "done")];
        let update = (IS_NEW, set, Vec::new());
        match self.update(task, update).await? {
            Updated::Yes(_) => Ok(Record::done(latest)),
            Updated::No(item) => Ok(record(&item).unwrap_or(Record::done(latest))),
        }
    }

    async fn claim_run(
        &self,
        task: &str,
        run: RunTime,
        now: SystemTime,
    ) -> Result<Claim, QueueError> {
        let set = vec![
            number("run", run.unix_seconds()),
            text("state", "claimed"),
            number("until", milliseconds(now + LEASE)),
            text("owner", &self.owner),
        ];
        let compared = vec![
            number("now", milliseconds(now)),
            number("future", milliseconds(now + FUTURE) / 1000),
        ];
        Ok(match self.update(task, (IS_FREE, set, compared)).await? {
            Updated::Yes(before) => Claim::Won(record(&before).unwrap_or(Record::done(run))),
            Updated::No(item) => match record(&item) {
                Some(Record { run: held, is_done: false }) if held == run => {
                    Claim::Held(until(&item).unwrap_or(now + LEASE))
                }
                Some(_) => Claim::Done,
                // The answer of this server does not have the item.
                None => Claim::Held(now + LEASE),
            },
        })
    }

    async fn finish_run(&self, task: &str, run: RunTime) -> Result<(), QueueError> {
        let set = vec![number("run", run.unix_seconds()), text("state", "done")];
        // If another worker has claimed a later run, this one needs no record.
        self.update(task, (IS_CLAIMED, set, Vec::new())).await.map(|_| ())
    }

    async fn update(
        &self,
        task: &str,
        (condition, set, compared): (&str, Vec<Named>, Vec<Named>),
    ) -> Result<Updated, QueueError> {
        let value = format!("{}/{task}", self.queue);
        let update = ConditionalUpdate { key: (KEY, &value), set, condition, compared };
        self.table.update(&update).await
    }
}

type Named = (&'static str, TableValue);

impl<T: ItemTable> Claims for TableClaims<T> {
    fn begin<'a>(
        &'a self,
        task: &'a str,
        latest: RunTime,
    ) -> BoxFuture<'a, Result<Record, QueueError>> {
        self.begin_task(task, latest).boxed()
    }

    fn claim<'a>(
        &'a self,
        task: &'a str,
        run: RunTime,
        now: SystemTime,
    ) -> BoxFuture<'a, Result<Claim, QueueError>> {
        self.claim_run(task, run, now).boxed()
    }

    fn finish<'a>(&'a self, task: &'a str, run: RunTime) -> BoxFuture<'a, Result<(), QueueError>> {
        self.finish_run(task, run).boxed()
    }
}

fn number(name: &'static str, value: i64) -> Named {
    (name, TableValue::Number(value))
}

fn text(name: &'static str, value: &str) -> Named {
    (name, TableValue::Text(value.to_owned()))
}

fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn record(item: &Item) -> Option<Record> {
    let TableValue::Number(run) = item.get("run")? else { return None };
    let is_done = item.get("state") != Some(&TableValue::Text("claimed".to_owned()));
    Some(Record { run: RunTime::from_unix_seconds(*run), is_done })
}

fn until(item: &Item) -> Option<SystemTime> {
    let TableValue::Number(until) = item.get("until")? else { return None };
    Some(UNIX_EPOCH + Duration::from_millis(u64::try_from(*until).ok()?))
}
