//! How the signals of the process stop a worker.

use std::convert::Infallible;
use std::future::pending;

use longshore::worker::{Stop, StopSignals};

/// Begins the stop at the first signal and ends the grace at the second. Later signals remain for
/// [`StopSignals::next`].
pub(super) async fn forward(signals: &mut StopSignals, stop: &Stop) -> Infallible {
    let signal = signals.next().await;
    tracing::info!(signal, "signal received, stopping");
    stop.begin();
    let signal = signals.next().await;
    tracing::warn!(signal, "second signal received, ending the grace");
    stop.hurry();
    pending().await
}
