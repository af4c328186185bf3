//! The interruption of a runtime.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::SetOnce;

/// Ends a runtime whose function must stop. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Interrupt(Arc<SetOnce<Duration>>);

impl Interrupt {
    /// The runtime gets SIGTERM, and SIGKILL within this time.
    pub(super) fn within(&self, time: Duration) {
        self.0.set(time).ok();
    }

    /// Waits for the interruption. Cancel-safe.
    pub(super) async fn wait(&self) -> Duration {
        *self.0.wait().await
    }
}
