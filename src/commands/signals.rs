//! SIGTERM and SIGINT, as the two steps of a stop.

use std::convert::Infallible;
use std::future::pending;

use tokio::signal::unix::{Signal, SignalKind, signal};

use longshore::worker::Stop;

/// Both signals, heard from here on: made before there is anything to stop.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub(super) fn listen() -> std::io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt())? })
    }

    /// The first begins the stop, the second ends the grace; later ones are left to be heard.
    pub(super) async fn heed(&mut self, stop: &Stop) -> Infallible {
        self.next().await;
        stop.begin();
        self.next().await;
        tracing::warn!("second signal: the grace ends now");
        stop.hurry();
        pending().await
    }

    /// Waits for either. Cancel-safe.
    pub(super) async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
