//! What a handler says of a message when it has finished with it.

use std::fmt::Display;
use std::time::Duration;

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

/// What a handler function may return: a [`Verdict`], `()` for done, or a `Result` whose error is
/// retried.
pub trait IntoVerdict {
    /// The verdict it stands for.
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

impl<T: IntoVerdict, E: Display> IntoVerdict for Result<T, E> {
    fn into_verdict(self) -> Verdict {
        self.map_or_else(Verdict::retry, T::into_verdict)
    }
}
