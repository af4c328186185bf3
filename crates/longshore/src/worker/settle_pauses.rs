//! How long a delete or a return waits after a failure.

use std::time::Duration;

use tokio::time::sleep;

use super::backoff;
use super::stop::Stop;
use crate::outcome::Settling;

/// A request that fails is sent at least this many times more in `shutdown.settle`, if SQS answers at
/// once and the time is not shorter than this number of the shortest pauses.
const TRIES: u32 = 6;

/// The bound of the first back-off. The grace can be long, and requests cost money.
const SHORTEST: Duration = Duration::from_millis(200);

/// The back-offs of one queue. What is not settled at the end of a shutdown is abandoned, so a stop
/// ends each back-off, and those after it are short.
pub(super) struct SettlePauses {
    stop: Stop,
    longest_after_stop: Duration,
}

impl SettlePauses {
    pub(super) fn new(stop: Stop, settle: Duration) -> Self {
        Self { stop, longest_after_stop: (settle / TRIES).max(SHORTEST) }
    }

    /// The pause after the n-th consecutive failure, from 1.
    pub(super) fn after(&self, action: Settling, failures: u32) -> Duration {
        let pause = match action {
            Settling::Delete => backoff::delete(failures),
            Settling::ChangeVisibility => backoff::settle(failures),
        };
        match self.stop.has_begun() {
            true => pause.min(backoff::stopping(self.longest_after_stop)),
            false => pause,
        }
    }

    /// Waits for this time, or until a stop begins.
    pub(super) fn wait(&self, pause: Duration) -> impl Future<Output = ()> + Send + use<> {
        let stop = (!self.stop.has_begun()).then(|| self.stop.clone());
        async move {
            match stop {
                Some(stop) => tokio::select! {
                    biased;
                    () = stop.begun() => {}
                    () = sleep(pause) => {}
                },
                None => sleep(pause).await,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shutdown_without_time_to_settle_has_pauses_too() {
        let stop = Stop::new();
        let pauses = SettlePauses::new(stop.clone(), Duration::ZERO);
        stop.begin();
        assert!(pauses.after(Settling::Delete, 9) >= SHORTEST / 2);
    }
}
