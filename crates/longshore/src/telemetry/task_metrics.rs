//! The metrics of the periodic tasks of one queue. Their names are configured, so they are few.

use std::sync::Arc;

use metrics::Counter;

use super::catalog;
use super::metrics::Metrics;
use super::queue_metrics::QueueMetrics;
use super::series::{Family, LateGauge};
use super::totals::add;
use crate::label::LabelSet;
use crate::outcome::{TaskRun, TaskSender};
use crate::queue::{Action, ApiResult};

/// The metrics of one periodic task.
pub struct TaskMetrics {
    queue: Arc<QueueMetrics>,
    runs: Family<TaskRun, Counter>,
    last_run: LateGauge,
}

impl Metrics {
    /// The periodic tasks of a queue have this sender, as this worker is configured. `active` is false once
    /// this worker stops and sends no more.
    pub fn periodic_task_sender(&self, queue: &QueueMetrics, sender: TaskSender, active: bool) {
        let registrar = self.registrar(queue.queue());
        let gauge = registrar.gauge(&catalog::PERIODIC_TASK_SENDER, &[sender.as_str()]);
        gauge.set(if active { 1.0 } else { 0.0 });
    }

    /// Registers a periodic task of a registered queue to which this worker sends. Its counters are zero
    /// from here on.
    pub fn periodic_task(&self, queue: &Arc<QueueMetrics>, task: &str) -> TaskMetrics {
        let registrar = self.registrar(queue.queue());
        queue.sends_messages();
        TaskMetrics {
            queue: queue.clone(),
            runs: registrar.named_counters(&catalog::PERIODIC_TASKS, task),
            last_run: registrar.named_late_gauge(&catalog::PERIODIC_TASK_RUN, task),
        }
    }
}

impl TaskMetrics {
    /// This number of runs ended like this.
    pub fn ended(&self, result: TaskRun, runs: u64) {
        self.runs.get(result).increment(runs);
        match result {
            TaskRun::Sent | TaskRun::Late => {}
            TaskRun::Missed | TaskRun::Failed => {
                add(&self.queue.figures.totals.tasks_not_sent, runs)
            }
        }
    }

    /// The run of this Unix time was sent.
    pub fn sent_run_of(&self, unix_seconds: i64) {
        self.last_run.set(unix_seconds as f64);
    }
}

impl QueueMetrics {
    /// Registers the requests that send, as [`Possible`](super::possible::Possible) does for others.
    fn sends_messages(&self) {
        let sends = &self.api_requests[Action::Send.index()];
        for result in ApiResult::ALL {
            match result {
                ApiResult::Kms | ApiResult::Unavailable | ApiResult::Timeout => {}
                ApiResult::Ok
                | ApiResult::Throttled
                | ApiResult::Denied
                | ApiResult::Missing
                | ApiResult::Invalid => drop(sends.get(*result)),
            }
        }
        self.billed_requests.get(Action::Send);
    }
}

impl std::fmt::Debug for TaskMetrics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TaskMetrics")
    }
}
