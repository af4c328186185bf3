//! What there is to see at this moment. The play writes it, whoever likes looks at it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

use super::figures::{Acts, Figures, Polling};
use super::waits::Waits;
use longshore::telemetry::QueueMetrics;

/// Shows the play. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Stage(Arc<Mutex<State>>);

/// One look at it.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    /// The figures of the act that is on, and of the one before.
    pub acts: Acts,
    /// Which act is on.
    pub polling: Polling,
    /// Its own figures once more.
    pub now: Figures,
    /// How long the act is to last; `None`: until somebody stops it.
    pub lasts: Option<Duration>,
    /// Where its worker's metrics are to be had.
    pub admin: SocketAddr,
}

#[derive(Debug, Default)]
struct State {
    ended: Acts,
    running: Option<Running>,
}

/// The act that is on.
#[derive(Debug, Clone)]
pub(super) struct Running {
    pub(super) polling: Polling,
    pub(super) began: Instant,
    pub(super) lasts: Option<Duration>,
    pub(super) admin: SocketAddr,
    pub(super) metrics: Arc<QueueMetrics>,
    pub(super) sent: Arc<AtomicU64>,
    pub(super) waits: Arc<Waits>,
}

impl Stage {
    /// What is to be seen now; `None` before, between and after the acts.
    pub fn scene(&self) -> Option<Scene> {
        let state = self.lock();
        let Running { polling, lasts, admin, .. } = *state.running.as_ref()?;
        let (now, mut acts) = (state.running.as_ref()?.figures(), state.ended);
        acts.set(polling, now);
        Some(Scene { acts, polling, now, lasts, admin })
    }

    pub(super) fn open(&self, act: Running) {
        self.lock().running = Some(act);
    }

    /// The act is over: its figures stay as they are now.
    pub(super) fn close(&self) -> Acts {
        let mut state = self.lock();
        if let Some(act) = state.running.take() {
            state.ended.set(act.polling, act.figures());
        }
        state.ended
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no code panics while it holds this lock")
    }
}

impl Running {
    fn figures(&self) -> Figures {
        Figures {
            took: self.began.elapsed(),
            sent: self.sent.load(Relaxed),
            counts: self.metrics.totals(),
            price_per_request_usd: self.metrics.price_per_request_usd(),
            median_wait: self.waits.median(),
        }
    }
}
