//! The periodic tasks of one queue.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, sleep};

use longshore::telemetry::{Metrics, QueueMetrics};
use longshore::worker::{CountedSender, Stop};

use super::claims::Claims;
use super::clock::Clock;
use super::cron_file::CronFile;
use super::task_loop::TaskLoop;

/// Sends the tasks of one file to one queue.
pub struct PeriodicSender {
    queue: String,
    loops: Vec<TaskLoop>,
}

impl PeriodicSender {
    /// A sender for a queue that is registered with these metrics. A run is sent at most this long after
    /// its time. Sends nothing yet.
    pub fn new(
        (metrics, queue): (&Metrics, &Arc<QueueMetrics>),
        file: CronFile,
        sender: CountedSender,
        claims: impl Claims,
        clock: impl Clock,
        grace: Duration,
    ) -> Self {
        let sender = Arc::new(sender);
        let claims: Arc<dyn Claims> = Arc::new(claims);
        let clock: Arc<dyn Clock> = Arc::new(clock);
        let loops = file.tasks.into_iter().map(|task| TaskLoop {
            queue: queue.queue().to_owned(),
            metrics: metrics.periodic_task(queue, &task.name),
            task,
            claims: claims.clone(),
            sender: sender.clone(),
            clock: clock.clone(),
            grace,
            started: Instant::now(),
        });
        Self { queue: queue.queue().to_owned(), loops: loops.collect() }
    }

    /// Sends each run at its time until the stop begins. A run that was begun then has `limit` to be
    /// finished. If it is not, or if the future is dropped, another worker sends it.
    pub async fn run(self, stop: Stop, limit: Duration) {
        let tasks = self.loops.len();
        tracing::info!(queue = self.queue, tasks, "sending periodic tasks");
        let loops = join_all(self.loops.into_iter().map(|task| task.run(stop.clone())));
        let over = async {
            stop.begun().await;
            sleep(limit).await;
        };
        tokio::select! {
            biased;
            _ = loops => {}
            () = over => tracing::warn!(
                queue = self.queue,
                "periodic task not finished before the shutdown; another worker sends it again"
            ),
        }
    }
}

impl std::fmt::Debug for PeriodicSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PeriodicSender").field("queue", &self.queue).finish_non_exhaustive()
    }
}
