//! What happens to a message that was not processed.

use std::time::Duration;

/// Exponential back-off with full jitter: a random time between 0 and `base`, doubled with each
/// receive of the message, at most `max`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryConfig {
    /// The upper bound after the first receive. Default: 2 s.
    pub base: Duration,
    /// The upper bound after many receives: at most 12 h. Default: 15 min.
    pub max: Duration,
}

impl RetryConfig {
    /// A back-off between these bounds.
    pub fn new(base: Duration, max: Duration) -> Self {
        Self { base, max }
    }
}

impl Default for RetryConfig {
    fn default() -> Self {
        Self { base: Duration::from_secs(2), max: Duration::from_secs(15 * 60) }
    }
}

/// What the worker does with a rejected message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum OnReject {
    /// Retries it after the usual back-off, until the redrive policy of the queue moves it to the
    /// dead-letter queue. No message is lost.
    #[default]
    Redrive,
    /// Deletes it.
    Delete,
    /// Moves it to the dead-letter queue of the queue's redrive policy at once: sends it there, then
    /// deletes it. A message that cannot be moved is retried as for [`Redrive`](Self::Redrive).
    DeadLetter,
}

impl OnReject {
    /// The value in `longshore.toml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Redrive => "redrive",
            Self::Delete => "delete",
            Self::DeadLetter => "dead_letter",
        }
    }
}
