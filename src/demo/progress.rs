//! The progress of the demo. The runner updates it, and a view reads it at any time.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

use super::act::Act;
use super::handler::WaitTimes;
use super::results::{DeployStats, PhaseStats, Results};
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
    pub current: PhaseStats,
    /// The planned duration of the act. `None`: it runs until it is over, or until the demo is stopped.
    pub duration: Option<Duration>,
    /// The address of the status page and the metrics.
    pub admin: SocketAddr,
}

#[derive(Debug, Default)]
struct State {
    finished: Results,
    running: Option<RunningPhase>,
}

/// The live values of the running act.
#[derive(Debug, Clone)]
pub(super) struct RunningPhase {
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
        let RunningPhase { act, duration, admin, .. } = *running;
        let (current, mut results) = (running.stats(), state.finished);
        results.polled(act, current);
        Some(Status { results, act, current, duration, admin })
    }

    /// An act begins, and the one before ends.
    pub(super) fn begin(&self, phase: RunningPhase) {
        self.finish();
        self.lock().running = Some(phase);
    }

    /// A deploy has ended.
    pub(super) fn deployed(&self, act: Act, stats: DeployStats) {
        self.lock().finished.deployed(act, stats);
    }

    /// Ends the running act and keeps its results as they are now.
    pub(super) fn finish(&self) -> Results {
        let mut state = self.lock();
        if let Some(phase) = state.running.take() {
            state.finished.polled(phase.act, phase.stats());
        }
        state.finished
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no code panics while it holds this lock")
    }
}

impl RunningPhase {
    fn stats(&self) -> PhaseStats {
        PhaseStats {
            elapsed: self.began.elapsed(),
            sent: self.sent.load(Relaxed),
            counts: self.metrics.totals(),
            price_per_request_usd: self.metrics.figures().price_per_request_usd(),
            p50_wait: self.wait_times.p50(),
        }
    }
}
