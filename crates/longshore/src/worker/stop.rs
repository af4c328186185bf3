//! The two signals of a stop: stop taking, stop doing. Everything else stops because its input did.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Asks a worker to stop. Cheap to clone; every clone is the same request.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    intake: CancellationToken,
    work: CancellationToken,
}

impl Stop {
    /// Nothing asked for yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A stop that follows the process's signals from here on: the first SIGTERM or SIGINT
    /// [begins](Self::begin) it, the second [ends the grace](Self::hurry).
    /// Later signals have no effect, because the process no longer has its default handling of both.
    /// Unix only.
    ///
    /// # Errors
    /// If the signals cannot be listened for.
    ///
    /// # Panics
    /// If it is called outside a Tokio runtime.
    pub fn on_signals() -> io::Result<Self> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let stop = Self::new();
        let following = stop.clone();
        tokio::spawn(async move {
            for step in [Self::begin, Self::hurry] {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                step(&following);
            }
        });
        Ok(stop)
    }

    /// Take no more messages, finish those in hand within the grace, then stop. Asking twice is asking
    /// once.
    pub fn begin(&self) {
        self.intake.cancel();
    }

    /// End the grace now: handlers are asked to stop, and their messages are released.
    pub fn hurry(&self) {
        self.intake.cancel();
        self.work.cancel();
    }

    /// Waits until a stop is asked for. Cancel-safe.
    pub async fn begun(&self) {
        self.intake.cancelled().await;
    }

    /// Whether a stop is asked for.
    pub fn has_begun(&self) -> bool {
        self.intake.is_cancelled()
    }

    /// Waits until the grace is over. Cancel-safe.
    pub(super) async fn hurried(&self) {
        self.work.cancelled().await;
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::{Signal, getpid, kill_process};

    use super::*;

    #[tokio::test]
    async fn the_first_signal_begins_a_stop_and_the_second_ends_the_grace() {
        let stop = Stop::on_signals().unwrap();
        assert!(!stop.has_begun());
        kill_process(getpid(), Signal::TERM).unwrap();
        stop.begun().await;
        assert!(!stop.work.is_cancelled());
        kill_process(getpid(), Signal::INT).unwrap();
        stop.hurried().await;
    }
}
