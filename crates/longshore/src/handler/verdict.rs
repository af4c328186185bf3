//! The result of a handler.

use std::error::Error;
use std::fmt::Display;
use std::time::Duration;

use crate::format::error_chain;

/// The result of a handler. The worker deletes the message or makes it visible again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The message was processed: delete it.
    Done,
    /// Retry: the message becomes visible again after this time.
    Retry {
        /// How long the message stays invisible: at most 12 h, the limit of SQS. `None`: the
        /// back-off of the queue.
        after: Option<Duration>,
        /// The reason, for logs. Do not include the body.
        reason: String,
    },
    /// Reject: a retry cannot succeed. The queue's `on_reject` decides what happens to the message.
    Reject {
        /// The reason, for logs. Do not include the body.
        reason: String,
    },
    /// The application failed for a reason that is not the message's: a 5xx response, exit code
    /// 75. A single one is retried like [`Retry`](Self::Retry). Many of them open the circuit
    /// breaker.
    Outage {
        /// How long the message stays invisible. `None`: the back-off of the queue.
        after: Option<Duration>,
        /// The reason, for logs.
        reason: String,
    },
    /// The handler is unreachable, which is not the message's fault. Polling is paused, so that an
    /// outage does not use up the receives of messages.
    Unavailable {
        /// The reason, for logs.
        reason: String,
    },
    /// The handler did not start, because this machine lacks file descriptors, processes, memory
    /// or disk space. Polling is paused.
    Shortage {
        /// The reason, for logs.
        reason: String,
    },
}

/// Why a handler cannot process messages now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotReady {
    /// The application cannot be reached, or the program cannot be executed.
    #[error("{0}")]
    Unreachable(String),
    /// This machine lacks file descriptors, processes, memory or disk space.
    #[error("{0}")]
    Shortage(String),
}

impl Verdict {
    /// Retry after the back-off of the queue.
    pub fn retry(reason: impl Display) -> Self {
        Self::Retry { after: None, reason: reason.to_string() }
    }

    /// Retry after this time.
    pub fn retry_after(after: Duration, reason: impl Display) -> Self {
        Self::Retry { after: Some(after), reason: reason.to_string() }
    }

    /// Reject the message.
    pub fn reject(reason: impl Display) -> Self {
        Self::Reject { reason: reason.to_string() }
    }

    /// Retry, because the application failed and not the message.
    pub fn outage(reason: impl Display) -> Self {
        Self::Outage { after: None, reason: reason.to_string() }
    }

    /// This machine lacks a resource that the handler needs.
    pub fn shortage(reason: impl Display) -> Self {
        Self::Shortage { reason: reason.to_string() }
    }

    /// The handler is unreachable.
    pub fn unavailable(reason: impl Display) -> Self {
        Self::Unavailable { reason: reason.to_string() }
    }
}

/// What a handler function can return: a [`Verdict`], `()` for done, or a `Result`. An error is
/// retried after the back-off of the queue, and the log has the error with its causes.
pub trait IntoVerdict {
    /// Converts the value into a verdict.
    fn into_verdict(self) -> Verdict;
}

impl IntoVerdict for Verdict {
    fn into_verdict(self) -> Verdict {
        self
    }
}

impl IntoVerdict for () {
    fn into_verdict(self) -> Verdict {
        Verdict::Done
    }
}

impl<T: IntoVerdict, E: Into<Box<dyn Error + Send + Sync>>> IntoVerdict for Result<T, E> {
    fn into_verdict(self) -> Verdict {
        match self {
            Ok(value) => value.into_verdict(),
            Err(error) => Verdict::retry(error_chain(&*error.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot store the order")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn an_error_is_retried_and_keeps_its_sources() {
        let result: Result<(), _> = Err(Outer(std::io::Error::other("disk full")));
        assert_eq!(result.into_verdict(), Verdict::retry("cannot store the order: disk full"));
    }

    #[test]
    fn a_text_is_an_error_too() {
        assert_eq!(Err::<(), _>("no luck").into_verdict(), Verdict::retry("no luck"));
        assert_eq!(Ok::<_, &str>(Verdict::Done).into_verdict(), Verdict::Done);
    }
}
