//! The progress of the demo. The runner updates it, and a view reads it at any time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

use super::act::Act;
use super::handler::WaitTimes;
use super::results::{ActStats, DeployStats, Results};
use longshore::telemetry::QueueMetrics;

/// A handle to the demo's progress. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Mutex<State>>);

/// The state of the demo at one moment.
#[derive(Debug, Clone, Copy)]
pub struct Status {
    /// The results so far. Those of polling include the running act.
    pub results: Results,
    /// The running act.
    pub act: Act,
    /// The counts of the running act. For a deploy, those of the worker that is replaced, and after
    /// the last one those of the worker that runs on.
    pub current: ActStats,
    /// The planned duration of the act. `None`: it runs until it is over, or until the demo is stopped.
    pub duration: Option<Duration>,
    /// The address of the status page and the metrics.
    pub admin: SocketAddr,
}

#[derive(Debug, Default)]
struct State {
    finished: Results,
    running: Option<RunningAct>,
}

/// The live values of the running act.
#[derive(Debug, Clone)]
pub(super) struct RunningAct {
    pub(super) act: Act,
    pub(super) began: Instant,
    pub(super) duration: Option<Duration>,
    pub(super) admin: SocketAddr,
    pub(super) metrics: Arc<QueueMetrics>,
    pub(super) sent: Arc<AtomicU64>,
    pub(super) wait_times: Arc<WaitTimes>,
}

impl Progress {
    /// The current state, or `None` if no act is running.
    pub fn status(&self) -> Option<Status> {
        let state = self.lock();
        let running = state.running.as_ref()?;
        let RunningAct { act, duration, admin, .. } = *running;
        let (current, mut results) = (running.stats(), state.finished);
        results.polled(act, current);
        Some(Status { results, act, current, duration, admin })
    }

    /// An act begins, and the one before ends.
    pub(super) fn begin(&self, act: RunningAct) {
        self.finish();
        self.lock().running = Some(act);
    }

    /// A deploy has ended.
    pub(super) fn deployed(&self, act: Act, stats: DeployStats) {
        self.lock().finished.deployed(act, stats);
    }

    /// Ends the running act and keeps its results as they are now.
    pub(super) fn finish(&self) -> Results {
        let mut state = self.lock();
        if let Some(act) = state.running.take() {
            state.finished.polled(act.act, act.stats());
        }
        state.finished
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no code panics while it holds this lock")
    }
}

impl RunningAct {
    fn stats(&self) -> ActStats {
        ActStats {
            elapsed: self.began.elapsed(),
            sent: self.sent.load(Relaxed),
            counts: self.metrics.totals(),
            price_per_request_usd: self.metrics.figures().price_per_request_usd(),
            p50_wait: self.wait_times.p50(),
        }
    }
}
