//! Requests for a queue that exists in another region or account. SQS only says that it does not
//! exist, so the log says where it is.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::scope::Scope;

/// A client can ask again and again.
const INTERVAL: Duration = Duration::from_secs(60);

/// When the last one was logged.
#[derive(Debug, Default)]
pub(crate) struct Strays(Mutex<Option<Instant>>);

impl Strays {
    /// Logs that a client in `asked` looks for a queue that is in `found`.
    pub(crate) fn log(&self, asked: &Scope, found: &Scope, queue: &str) {
        if self.is_due() {
            tracing::warn!(
                queue,
                asked = %asked,
                found = %found,
                "queue exists in another place; use its region and account in the client, or start the server with --region and --account"
            );
        }
    }

    fn is_due(&self) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = last.is_none_or(|last| last.elapsed() >= INTERVAL);
        if is_due {
            *last = Some(Instant::now());
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn one_is_logged_each_minute() {
        let strays = Strays::default();
        assert!(strays.is_due());
        tokio::time::advance(Duration::from_secs(59)).await;
        assert!(!strays.is_due());
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(strays.is_due());
        assert!(!strays.is_due());
    }
}
