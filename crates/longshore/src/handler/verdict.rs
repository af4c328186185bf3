//! What a handler says of a message when it has finished with it.

use std::error::Error;
use std::fmt::Display;
use std::time::Duration;

use crate::format::error_chain;

/// A handler's verdict. How it is carried out (deleted, made visible again) is the worker's business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Handled: the message is deleted.
    Done,
    /// Not now: the message becomes visible again `after` this long (at most 12 hours, what SQS
    /// allows), or after the queue's back-off when that is `None`.
    Retry {
        /// How long the message should stay invisible.
        after: Option<Duration>,
        /// Why, for the log. Never the body.
        reason: String,
    },
    /// Never: trying again would not help. The queue's `on_reject` says what becomes of it.
    Reject {
        /// Why, for the log. Never the body.
        reason: String,
    },
    /// Nobody was there to handle it: not the message's fault. It is given back at once and the queue
    /// pauses, so that an application that is away does not use up the message's receives.
    Unavailable {
        /// Why, for the log.
        reason: String,
    },
}

impl Verdict {
    /// Retry after the queue's own back-off.
    pub fn retry(reason: impl Display) -> Self {
        Self::Retry { after: None, reason: reason.to_string() }
    }

    /// Retry after a time of the handler's choosing.
    pub fn retry_after(after: Duration, reason: impl Display) -> Self {
        Self::Retry { after: Some(after), reason: reason.to_string() }
    }

    /// Give the message up.
    pub fn reject(reason: impl Display) -> Self {
        Self::Reject { reason: reason.to_string() }
    }

    /// Give the message back, and pause.
    pub fn unavailable(reason: impl Display) -> Self {
        Self::Unavailable { reason: reason.to_string() }
    }
}

/// What a handler function may return: a [`Verdict`], `()` for done, or a `Result`. An error is
/// retried after the queue's back-off; the log names the error and its sources.
pub trait IntoVerdict {
    /// The verdict that the value stands for.
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
