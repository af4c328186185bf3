//! The two signals of a stop: stop taking, stop doing. Everything else stops because its input did.

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

    /// Take no more messages, finish those in hand within the grace, then stop. Asking twice is asking
    /// once.
    pub fn begin(&self) {
        self.intake.cancel();
    }

    /// End the grace now: handlers are told to stop, and what they had is given back.
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
