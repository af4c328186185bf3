//! The two steps of a stop: first no more receives, then no more handlers. Everything else ends
//! because its input ends.

use std::io;

use tokio_util::sync::CancellationToken;

use super::stop_signals::StopSignals;

/// Stops a worker. Cheap to clone; all clones are the same stop.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    polling: CancellationToken,
    handlers: CancellationToken,
}

impl Stop {
    /// A stop that has not begun.
    pub fn new() -> Self {
        Self::default()
    }

    /// A stop that follows the process's signals from here on: the first SIGTERM, SIGINT, SIGQUIT
    /// or SIGHUP [begins](Self::begin) it, the second [ends the grace](Self::hurry). Later signals
    /// have no effect, because the process no longer has its default handling of them. Under
    /// `nohup`, SIGHUP stays ignored. Unix only.
    ///
    /// # Errors
    /// If the process cannot listen for the signals.
    ///
    /// # Panics
    /// If it is called outside a Tokio runtime.
    pub fn on_signals() -> io::Result<Self> {
        let mut signals = StopSignals::listen()?;
        let stop = Self::new();
        let following = stop.clone();
        tokio::spawn(async move {
            for step in [Self::begin, Self::hurry] {
                signals.next().await;
                step(&following);
            }
        });
        Ok(stop)
    }

    /// Begins the stop: the worker sends no more receives, lets handlers continue for the grace,
    /// then ends. A second call has no effect.
    pub fn begin(&self) {
        self.polling.cancel();
    }

    /// Ends the grace now: handlers are interrupted, and their messages are released.
    pub fn hurry(&self) {
        self.polling.cancel();
        self.handlers.cancel();
    }

    /// Waits until the stop begins. Cancel-safe.
    pub async fn begun(&self) {
        self.polling.cancelled().await;
    }

    /// Whether the stop has begun.
    pub fn has_begun(&self) -> bool {
        self.polling.is_cancelled()
    }

    /// Cancelled when the stop begins.
    pub(super) fn token(&self) -> CancellationToken {
        self.polling.clone()
    }

    /// Waits until the grace ends. Cancel-safe.
    pub(super) async fn hurried(&self) {
        self.handlers.cancelled().await;
    }

    /// Waits until a message without a handler is to be released: until the stop begins. If that would
    /// make it a dead letter, the message has the grace to be processed. Cancel-safe.
    pub(super) async fn releases(&self, is_last_receive: bool) {
        if is_last_receive { self.hurried().await } else { self.begun().await }
    }

    /// Whether [`releases`](Self::releases) has completed.
    pub(super) fn has_released(&self, is_last_receive: bool) -> bool {
        if is_last_receive { self.handlers.is_cancelled() } else { self.has_begun() }
    }
}

#[cfg(test)]
mod tests {
    use rustix::process::{Signal, getpid, kill_process};

    use super::*;
    use crate::worker::stop_signals::SIGNALS;

    #[tokio::test]
    async fn the_first_signal_begins_a_stop_and_the_second_ends_the_grace() {
        let _alone = SIGNALS.lock().await;
        let stop = Stop::on_signals().unwrap();
        assert!(!stop.has_begun());
        kill_process(getpid(), Signal::TERM).unwrap();
        stop.begun().await;
        assert!(!stop.handlers.is_cancelled());
        kill_process(getpid(), Signal::INT).unwrap();
        stop.hurried().await;
    }
}
