//! SIGTERM and SIGINT.

use std::convert::Infallible;
use std::future::pending;

use tokio::signal::unix::{Signal, SignalKind, signal};

use longshore::worker::Stop;

/// Both signals, from its creation on. Create it before the work starts, so that no signal is
/// missed.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn listen() -> std::io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Begins the stop at the first signal and ends the grace at the second. Later signals remain
    /// for [`next`](Self::next).
    pub(super) async fn forward_to(&mut self, stop: &Stop) -> Infallible {
        self.next().await;
        stop.begin();
        self.next().await;
        tracing::warn!("second signal received, ending the grace");
        stop.hurry();
        pending().await
    }

    /// Waits for the next signal. Cancel-safe.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
