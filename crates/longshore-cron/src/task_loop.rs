//! Sends the runs of one task.
//!
//! At most one run is open: the last one that was due. A run that is older when the next one is due, or
//! that could not be sent within the grace, is counted and not sent.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};

use longshore::outcome::TaskRun;
use longshore::queue::QueueError;
use longshore::telemetry::TaskMetrics;
use longshore::worker::{CountedSender, Stop};

use super::claims::{Claim, Claims, FUTURE};
use super::clock::Clock;
use super::run_time::RunTime;
use super::task::Task;

/// The clock is read at least this often, because it can be set, and the machine can be suspended.
const LONGEST_SLEEP: Duration = Duration::from_secs(10);
/// A run that is sent later than this counts as late.
const LATE: Duration = Duration::from_secs(60);
/// The longest usual interval of scrapes.
const FIRST_SCRAPE: Duration = Duration::from_secs(60);
/// Between two tries: doubled from the first to the second, with jitter.
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(15));

/// One task and what it needs.
pub(crate) struct TaskLoop {
    pub(crate) queue: String,
    pub(crate) task: Task,
    pub(crate) claims: Arc<dyn Claims>,
    pub(crate) sender: Arc<CountedSender>,
    pub(crate) metrics: TaskMetrics,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) grace: Duration,
    /// When its counters became zero.
    pub(crate) started: Instant,
}

/// How far a task has come.
#[derive(Debug, Default)]
struct Progress {
    /// The last run that is done; `None` until the record of the task is known.
    last: Option<RunTime>,
    /// The run that was due at the start. Only the claims know whether it was sent.
    first: Option<RunTime>,
    /// The last run that was counted because its grace was over.
    counted: Option<RunTime>,
    /// Runs that were missed and that failed, and are not in the counters yet.
    uncounted: [u64; 2],
    /// Tries that failed since the last success.
    failures: u32,
}

/// A request that failed, and what it was for.
struct Failed {
    error: QueueError,
    advice: &'static str,
}

impl TaskLoop {
    /// Runs until the stop begins. A run that was begun is finished before.
    pub(crate) async fn run(self, stop: Stop) {
        let mut progress = Progress::default();
        loop {
            let wait = self.step(&mut progress).await;
            tokio::select! {
                biased;
                () = stop.begun() => return,
                () = sleep(wait) => {}
            }
        }
    }

    /// Does what is due. Returns how long to wait.
    async fn step(&self, progress: &mut Progress) -> Duration {
        let now = self.clock.now();
        let Some(due) = self.task.schedule.latest(RunTime::containing(now)) else {
            return self.until_next(now);
        };
        progress.first.get_or_insert(due);
        self.count(progress);
        match self.advance(progress, due, now).await {
            Ok(wait) => {
                progress.failures = 0;
                wait
            }
            Err(failed) => self.failed(progress, due, now, &failed),
        }
    }

    async fn advance(
        &self,
        progress: &mut Progress,
        due: RunTime,
        now: SystemTime,
    ) -> Result<Duration, Failed> {
        let name = &self.task.name;
        let last = match progress.last {
            Some(last) => last,
            None => self.claims.begin(name, due).await.map_err(Failed::claim)?.last_done(),
        };
        // After a clock that was ahead, only the runs from here on.
        let last = if last.start() > now + FUTURE { due } else { last };
        progress.last = Some(last);
        if due <= last {
            return Ok(self.until_next(now));
        }
        match self.claims.claim(name, due, now).await.map_err(Failed::claim)? {
            Claim::Won(before) => {
                let older = u64::from(before.run < due && !before.is_done);
                let between = self.task.schedule.count_between(before.run, due);
                self.not_sent(progress, older + between);
                self.send(progress, due, now).await?;
                progress.last = Some(due);
            }
            Claim::Done => {
                progress.last = Some(due);
                tracing::debug!(
                    queue = self.queue,
                    task = name,
                    run = %due,
                    "periodic task was sent by another worker"
                );
            }
            Claim::Held(until) => {
                // A moment later, so that the claim has run out.
                let rest = until.duration_since(now).unwrap_or_default();
                return Ok((rest + Duration::from_millis(100)).min(LONGEST_SLEEP));
            }
        }
        Ok(self.until_next(self.clock.now()))
    }

    /// Sends a claimed run, unless its grace is over, and records that it is done.
    async fn send(
        &self,
        progress: &mut Progress,
        run: RunTime,
        now: SystemTime,
    ) -> Result<(), Failed> {
        if self.is_too_late(run, now) {
            if progress.counted < Some(run) {
                self.not_sent(progress, 1);
            }
        } else {
            self.sender.send(&self.task.message(run)).await.map_err(Failed::send)?;
            self.sent(run);
        }
        // Another worker would send the run again after the claim has run out.
        for _ in 0..2 {
            if self.claims.finish(&self.task.name, run).await.is_ok() {
                return Ok(());
            }
        }
        if let Err(error) = self.claims.finish(&self.task.name, run).await {
            tracing::warn!(
                queue = self.queue,
                task = self.task.name,
                run = %run,
                error = error.chain(),
                advice = TABLE_ADVICE,
                "periodic task is done, and the table does not say so; another worker may send it again"
            );
        }
        Ok(())
    }

    fn sent(&self, run: RunTime) {
        let lateness = self.clock.now().duration_since(run.start()).unwrap_or_default();
        let result = if lateness > LATE { TaskRun::Late } else { TaskRun::Sent };
        self.metrics.ended(result, 1);
        self.metrics.sent_run_of(run.unix_seconds());
        tracing::info!(
            queue = self.queue,
            task = self.task.name,
            run = %run,
            late_seconds = lateness.as_secs(),
            "periodic task sent"
        );
    }

    /// Counts runs that are over.
    fn not_sent(&self, progress: &mut Progress, runs: u64) {
        if runs == 0 {
            return;
        }
        progress.uncounted[usize::from(progress.failures > 0)] += runs;
        self.count(progress);
        tracing::error!(
            queue = self.queue,
            task = self.task.name,
            runs,
            grace_seconds = self.grace.as_secs(),
            advice =
                "start the tasks by hand if they are needed; raise cron_grace if runs may be later",
            "periodic task was due and not sent in time"
        );
    }

    /// Adds runs that were not sent to the counters, but not before a scrape has seen these at zero: the
    /// increase of a counter that begins with 1 is 0.
    fn count(&self, progress: &mut Progress) {
        if self.started.elapsed() < FIRST_SCRAPE {
            return;
        }
        let runs = std::mem::take(&mut progress.uncounted);
        for (result, runs) in [TaskRun::Missed, TaskRun::Failed].into_iter().zip(runs) {
            self.metrics.ended(result, runs);
        }
    }

    /// A try failed. Returns the time until the next one.
    fn failed(
        &self,
        progress: &mut Progress,
        due: RunTime,
        now: SystemTime,
        failed: &Failed,
    ) -> Duration {
        progress.failures = progress.failures.saturating_add(1);
        let wait = backoff(progress.failures);
        tracing::warn!(
            queue = self.queue,
            task = self.task.name,
            run = %due,
            error = failed.error.chain(),
            advice = failed.advice,
            retry_in_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            "periodic task not sent yet"
        );
        let is_new = progress.first < Some(due) && progress.counted < Some(due);
        if is_new && self.is_too_late(due, now) {
            progress.counted = Some(due);
            self.not_sent(progress, 1);
        }
        wait
    }

    fn is_too_late(&self, run: RunTime, now: SystemTime) -> bool {
        now.duration_since(run.start()).is_ok_and(|lateness| lateness > self.grace)
    }

    fn until_next(&self, now: SystemTime) -> Duration {
        let next = self.task.schedule.next(RunTime::containing(now));
        let wait = next.and_then(|next| next.start().duration_since(now).ok());
        wait.map_or(LONGEST_SLEEP, |wait| wait.min(LONGEST_SLEEP))
    }
}

const TABLE_ADVICE: &str = "check cron_table, its region, and that the role allows \
                            dynamodb:UpdateItem on it; its partition key is the text `task`";

impl Failed {
    fn claim(error: QueueError) -> Self {
        Self { error, advice: TABLE_ADVICE }
    }

    fn send(error: QueueError) -> Self {
        Self { error, advice: "check the queue, and that the role allows sqs:SendMessage on it" }
    }
}

fn backoff(failures: u32) -> Duration {
    let (first, longest) = BACKOFF;
    let doubled = first.saturating_mul(2_u32.saturating_pow((failures - 1).min(31)));
    doubled.min(longest).mul_f64(0.5 + fastrand::f64() / 2.0)
}
