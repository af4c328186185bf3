//! Runs a test under many schedules: shuttle decides which task continues at each lock, notification
//! and permit. It is for unit tests that `tests/interleavings/run` builds.
//!
//! ```sh
//! tests/interleavings/run 100000
//! ```
//!
//! Time stands still unless a test advances it, so a task that misses a notification never
//! continues. Shuttle reports that as a deadlock, and prints the schedule.

use std::sync::Arc;
use std::time::Duration;

use shuttle::future::{JoinHandle, spawn, yield_now};
use shuttle::scheduler::{PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, MaxSteps, Runner};
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

/// Schedules of each test, if `SCHEDULES` is not set. One half is random, and the other half delays
/// one task at a time for long.
const SCHEDULES: usize = 2000;
/// Preemptions of a schedule that delays tasks.
const DEPTH: usize = 3;
/// A test that needs more steps does not end.
const STEPS: usize = 20_000;

/// The time of a test. Tokio's clock is paused.
#[derive(Clone)]
pub struct Time(Arc<Runtime>);

impl Time {
    /// Lets this duration pass, and wakes the tasks whose sleep ends meanwhile.
    pub fn advance(&self, by: Duration) {
        self.0.block_on(tokio::time::advance(by));
    }

    /// Waits for all tasks. Meanwhile the time advances by `step`, again and again.
    pub async fn pass<T>(
        self,
        step: Duration,
        tasks: impl IntoIterator<Item = JoinHandle<T>>,
    ) -> Vec<T> {
        let ended = CancellationToken::new();
        let is_over = ended.clone();
        let clock = spawn(async move {
            while !is_over.is_cancelled() {
                yield_now().await;
                self.advance(step);
            }
        });
        let ends = all(tasks).await;
        ended.cancel();
        clock.await.expect("no task panics");
        ends
    }
}

/// Runs the test under the number of schedules in `SCHEDULES`.
pub fn check(test: impl Fn(Time) + Send + Sync + 'static) {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    let time = Time(Arc::new(runtime.expect("a runtime without IO")));
    let test = Arc::new(test);
    let half = schedules().div_ceil(2);
    run(RandomScheduler::new(half), &time, &test);
    run(PctScheduler::new(DEPTH, half), &time, &test);
}

fn run(
    scheduler: impl Scheduler + 'static,
    time: &Time,
    test: &Arc<impl Fn(Time) + Send + Sync + 'static>,
) {
    let mut config = Config::new();
    config.max_steps = MaxSteps::FailAfter(STEPS);
    config.silence_warnings = true;
    let (time, test) = (time.clone(), test.clone());
    let runtime = time.0.clone();
    let _entered = runtime.enter();
    Runner::new(scheduler, config).run(move || test(time.clone()));
}

#[expect(clippy::disallowed_methods, reason = "these tests have no configuration")]
fn schedules() -> usize {
    std::env::var("SCHEDULES").map_or(SCHEDULES, |text| text.parse().expect("a number"))
}

/// Waits for all tasks, and returns what they return.
pub async fn all<T>(tasks: impl IntoIterator<Item = JoinHandle<T>>) -> Vec<T> {
    let mut ends = Vec::new();
    for task in tasks {
        ends.push(task.await.expect("no task panics"));
    }
    ends
}
