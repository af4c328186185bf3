//! How the handling of a message ends, and the one table of what follows. Its matches have no `_`,
//! so a new outcome does not compile before it has a settle, a label and a fate.

use std::time::Duration;

use crate::config::{OnReject, RetryConfig};
use crate::format::bounded;
use crate::handler::{Cut, Verdict};
use crate::outcome::{Ending, Fate, Settled};
use crate::slo::ReceiveEnd;

use super::backoff;

/// How the handling of one message ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Retry { after: Option<Duration>, reason: String },
    Reject { reason: String },
    Outage { after: Option<Duration>, reason: String },
    Unavailable { reason: String },
    Shortage { reason: String },
    TimedOut,
    Panicked,
    Interrupted,
    LeaseLost,
}

/// What an outcome says about the application, for the circuit breaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// The application processed the message, or the message is at fault.
    Answered,
    /// The application failed, and the message is not known to be at fault.
    Failed,
    /// The application did not get the message.
    Unreachable,
    /// This machine lacks a resource, and the application did not get the message.
    Shortage,
    /// Nothing: the call was cut off.
    Nothing,
}

/// What the worker sends to SQS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settle {
    /// Delete it.
    Delete,
    /// Make it visible again after this time.
    Return { after: Duration },
}

/// How a message is settled and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Disposition {
    /// `None` if there is nothing to send, because the lease is lost.
    pub(super) settle: Option<Settle>,
    pub(super) settled: Settled,
    /// Its entry in the ledger, if it ends during a shutdown.
    pub(super) fate: Fate,
}

/// How the queue's configuration treats messages that were not processed.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    pub(super) retry: RetryConfig,
    pub(super) on_reject: OnReject,
}

impl Outcome {
    pub(super) fn ending(&self) -> Ending {
        match self {
            Self::Done => Ending::Done,
            Self::Retry { .. } => Ending::Retry,
            Self::Reject { .. } => Ending::Reject,
            Self::Outage { .. } => Ending::Outage,
            Self::Unavailable { .. } => Ending::Unavailable,
            Self::Shortage { .. } => Ending::Shortage,
            Self::TimedOut => Ending::TimedOut,
            Self::Panicked => Ending::Panicked,
            Self::Interrupted => Ending::Interrupted,
            Self::LeaseLost => Ending::LeaseLost,
        }
    }

    pub(super) fn signal(&self) -> Signal {
        match self {
            Self::Done | Self::Retry { .. } | Self::Reject { .. } | Self::Panicked => {
                Signal::Answered
            }
            Self::Outage { .. } | Self::TimedOut => Signal::Failed,
            Self::Unavailable { .. } => Signal::Unreachable,
            Self::Shortage { .. } => Signal::Shortage,
            Self::Interrupted | Self::LeaseLost => Signal::Nothing,
        }
    }

    /// Whether the handler got the message and failed.
    pub(super) fn has_failed(&self) -> bool {
        match self.signal() {
            Signal::Answered | Signal::Failed => *self != Self::Done,
            Signal::Unreachable | Signal::Shortage | Signal::Nothing => false,
        }
    }

    /// The table. `receives` is the number of receives of the message, this one included.
    pub(super) fn disposition(&self, receives: u32, policy: &Policy) -> Disposition {
        use Settle::{Delete, Return};
        let back_off = || Return { after: backoff::retry(&policy.retry, receives) };
        let at_once = Return { after: Duration::ZERO };
        let (settle, settled, fate) = match self {
            Self::Done => (Some(Delete), Settled::Deleted, Fate::Completed),
            Self::Retry { after, .. } | Self::Outage { after, .. } => {
                // The hint of a handler never undercuts the back-off.
                let least = backoff::retry(&policy.retry, receives);
                let settle = Return { after: after.map_or(least, |after| after.max(least)) };
                (Some(settle), Settled::Retried, Fate::Completed)
            }
            Self::Reject { .. } => {
                let settle = match policy.on_reject {
                    // Unless it can be moved, see `MOVED`.
                    OnReject::Redrive | OnReject::DeadLetter => back_off(),
                    OnReject::Delete => Delete,
                };
                (Some(settle), Settled::Rejected, Fate::Completed)
            }
            Self::TimedOut | Self::Panicked => {
                (Some(back_off()), Settled::Retried, Fate::Completed)
            }
            Self::Unavailable { .. } | Self::Shortage { .. } => {
                (Some(at_once), Settled::Released, Fate::Released)
            }
            Self::Interrupted => (Some(at_once), Settled::Released, Fate::Aborted),
            Self::LeaseLost => (None, Settled::LeaseLost, Fate::Abandoned),
        };
        Disposition { settle, settled, fate }
    }

    /// The delay before the next call that the handler asked for.
    pub(super) fn hint(&self) -> Option<Duration> {
        match self {
            Self::Retry { after, .. } | Self::Outage { after, .. } => *after,
            _ => None,
        }
    }

    /// The reason, for log lines and spans.
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Retry { reason, .. }
            | Self::Outage { reason, .. }
            | Self::Reject { reason }
            | Self::Unavailable { reason }
            | Self::Shortage { reason } => reason,
            Self::TimedOut => "the handler timed out",
            Self::Panicked => "the handler panicked",
            Self::Interrupted => "the shutdown grace ended",
            Self::LeaseLost => "the lease was lost",
            Self::Done => "done",
        }
    }
}

impl Disposition {
    /// Released at once, before a handler started.
    pub(super) const RELEASE: Self = Self {
        settle: Some(Settle::Return { after: Duration::ZERO }),
        settled: Settled::Released,
        fate: Fate::Released,
    };

    /// Deleted without a handler: an earlier receive processed the message, and its delete has not
    /// succeeded yet.
    pub(super) const DELETE: Self =
        Self { settle: Some(Settle::Delete), settled: Settled::Deleted, fate: Fate::Completed };

    /// Rejected, and sent to the dead-letter queue.
    pub(super) const MOVED: Self =
        Self { settle: Some(Settle::Delete), settled: Settled::Rejected, fate: Fate::Completed };

    /// Lost before a handler started: there is nothing to send.
    pub(super) const LOST: Self =
        Self { settle: None, settled: Settled::LeaseLost, fate: Fate::Released };

    /// Returned by an open circuit breaker. Other workers may be in the same outage, so it does not
    /// become visible at once.
    pub(super) fn returned(self) -> Self {
        let settle = match self.settle {
            Some(Settle::Return { after }) => {
                Some(Settle::Return { after: after.max(backoff::returned()) })
            }
            other => other,
        };
        Self { settle, ..self }
    }

    /// When the message comes back; zero if it does not.
    pub(super) fn back_after(self) -> Duration {
        match self.settle {
            Some(Settle::Return { after }) => after,
            Some(Settle::Delete) | None => Duration::ZERO,
        }
    }

    /// Returned at once, if it is returned.
    pub(super) fn without_delay(self) -> Self {
        match self.settle {
            Some(Settle::Return { .. }) => {
                Self { settle: Some(Settle::Return { after: Duration::ZERO }), ..self }
            }
            Some(Settle::Delete) | None => self,
        }
    }

    /// Whether the message can be received again without a delay.
    pub(super) fn is_visible_at_once(self) -> bool {
        self.settle == Some(Settle::Return { after: Duration::ZERO })
    }

    /// What this is for the delivery objective.
    pub(super) fn receive_end(self) -> ReceiveEnd {
        match (self.settled, self.settle) {
            (Settled::Deleted, _) => ReceiveEnd::Deleted,
            (Settled::Rejected, Some(Settle::Delete)) => ReceiveEnd::Discarded,
            (Settled::Rejected, _) => ReceiveEnd::Rejected,
            (Settled::Retried | Settled::Released | Settled::LeaseLost | Settled::Abandoned, _) => {
                ReceiveEnd::Unprocessed
            }
        }
    }
}

/// The end of a call that was cut.
impl From<Cut> for Outcome {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::TimedOut => Self::TimedOut,
            Cut::Stopped => Self::Interrupted,
            Cut::LeaseLost => Self::LeaseLost,
        }
    }
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Done => Self::Done,
            Verdict::Retry { after, reason } => Self::Retry { after, reason: bounded(reason) },
            Verdict::Outage { after, reason } => Self::Outage { after, reason: bounded(reason) },
            Verdict::Reject { reason } => Self::Reject { reason: bounded(reason) },
            Verdict::Unavailable { reason } => Self::Unavailable { reason: bounded(reason) },
            Verdict::Shortage { reason } => Self::Shortage { reason: bounded(reason) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_handler_is_bounded() {
        let long = "word ".repeat(400_000);
        for verdict in [
            Verdict::retry(&long),
            Verdict::reject(&long),
            Verdict::outage(&long),
            Verdict::unavailable(&long),
            Verdict::shortage(&long),
        ] {
            assert_eq!(Outcome::from(verdict).reason().chars().count(), 501);
        }
    }

    const FIRST: u32 = 1;

    fn policy(on_reject: OnReject) -> Policy {
        Policy { retry: RetryConfig::default(), on_reject }
    }

    #[test]
    fn a_rejected_message_is_kept_unless_the_configuration_says_delete() {
        let reject = Outcome::Reject { reason: "bad".into() };
        let kept = reject.disposition(FIRST, &policy(OnReject::Redrive));
        assert!(matches!(kept.settle, Some(Settle::Return { .. })));
        let dropped = reject.disposition(FIRST, &policy(OnReject::Delete));
        assert_eq!(dropped.settle, Some(Settle::Delete));
        assert_eq!((kept.settled, dropped.settled), (Settled::Rejected, Settled::Rejected));
    }

    #[test]
    fn an_interrupted_message_is_released_and_counts_as_aborted() {
        let end = Outcome::Interrupted.disposition(FIRST, &policy(OnReject::Redrive));
        assert_eq!(end.settle, Some(Settle::Return { after: Duration::ZERO }));
        assert_eq!(end.fate, Fate::Aborted);
    }

    #[test]
    fn the_delay_of_a_handler_lengthens_the_back_off() {
        let after = Some(Duration::from_secs(77));
        let end = Outcome::Retry { after, reason: String::new() };
        let settle = end.disposition(FIRST, &policy(OnReject::Redrive)).settle;
        assert_eq!(settle, Some(Settle::Return { after: Duration::from_secs(77) }));
    }

    #[test]
    fn an_open_breaker_returns_messages_with_a_delay() {
        let end = Disposition::RELEASE.returned();
        let Some(Settle::Return { after }) = end.settle else { panic!("{end:?}") };
        assert!(after >= Duration::from_secs(15), "{after:?}");
    }
}
