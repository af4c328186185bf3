//! How the handling of a message ends, and the one table of what follows. Its matches have no `_`,
//! so a new outcome does not compile before it has a settle, a label and a fate.

use std::time::Duration;

use crate::config::{OnReject, RetryConfig};
use crate::handler::Verdict;
use crate::outcome::{Ending, Fate, Settled};

use super::backoff;

/// How the handling of one message ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    Retry { after: Option<Duration>, reason: String },
    Reject { reason: String },
    Unavailable { reason: String },
    TimedOut,
    Panicked,
    Interrupted,
    LeaseLost,
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
    /// Whether SQS redelivers it. Then it has not failed yet.
    pub(super) redelivered: bool,
}

/// The receives of a message so far, and those that are left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Receives {
    /// This receive included.
    pub(super) count: u32,
    /// Receives until the redrive policy moves it; `None` if no policy is known.
    pub(super) left: Option<u32>,
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
            Self::Unavailable { .. } => Ending::Unavailable,
            Self::TimedOut => Ending::TimedOut,
            Self::Panicked => Ending::Panicked,
            Self::Interrupted => Ending::Interrupted,
            Self::LeaseLost => Ending::LeaseLost,
        }
    }

    /// The table.
    pub(super) fn disposition(&self, receives: Receives, policy: &Policy) -> Disposition {
        use Settle::{Delete, Return};
        let back_off = || Return { after: backoff::retry(&policy.retry, receives.count) };
        let at_once = Return { after: Duration::ZERO };
        let redelivered = match self {
            Self::Done => false,
            // Without a redrive policy a rejected message is redelivered until it expires, without
            // a chance.
            Self::Reject { .. } => {
                policy.on_reject == OnReject::Redrive && receives.left.is_some_and(|left| left > 0)
            }
            Self::Retry { .. } | Self::TimedOut | Self::Panicked => receives.left != Some(0),
            Self::Unavailable { .. } | Self::Interrupted | Self::LeaseLost => true,
        };
        let (settle, settled, fate) = match self {
            Self::Done => (Some(Delete), Settled::Deleted, Fate::Completed),
            Self::Retry { after, .. } => {
                let settle = after.map_or_else(back_off, |after| Return { after });
                (Some(settle), Settled::Retried, Fate::Completed)
            }
            Self::Reject { .. } => {
                let settle = match policy.on_reject {
                    OnReject::Redrive => back_off(),
                    OnReject::Delete => Delete,
                };
                (Some(settle), Settled::Rejected, Fate::Completed)
            }
            Self::TimedOut | Self::Panicked => {
                (Some(back_off()), Settled::Retried, Fate::Completed)
            }
            Self::Unavailable { .. } => (Some(at_once), Settled::Released, Fate::Released),
            Self::Interrupted => (Some(at_once), Settled::Released, Fate::Aborted),
            Self::LeaseLost => (None, Settled::LeaseLost, Fate::Abandoned),
        };
        Disposition { settle, settled, fate, redelivered }
    }

    /// The reason, for log lines and spans.
    pub(super) fn reason(&self) -> &str {
        match self {
            Self::Retry { reason, .. } | Self::Reject { reason } | Self::Unavailable { reason } => {
                reason
            }
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
        redelivered: true,
    };

    /// Lost before a handler started: there is nothing to send.
    pub(super) const LOST: Self =
        Self { settle: None, settled: Settled::LeaseLost, fate: Fate::Released, redelivered: true };
}

impl From<Verdict> for Outcome {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Done => Self::Done,
            Verdict::Retry { after, reason } | Verdict::Outage { after, reason } => {
                Self::Retry { after, reason }
            }
            Verdict::Reject { reason } => Self::Reject { reason },
            Verdict::Unavailable { reason } | Verdict::Shortage { reason } => {
                Self::Unavailable { reason }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Receives = Receives { count: 1, left: Some(4) };

    #[test]
    fn a_message_is_redelivered_until_no_receives_are_left() {
        let retry = Outcome::Retry { after: None, reason: String::new() };
        let reject = Outcome::Reject { reason: String::new() };
        let again = |outcome: &Outcome, left, on_reject| {
            outcome.disposition(Receives { count: 1, left }, &policy(on_reject)).redelivered
        };
        assert!(again(&retry, Some(1), OnReject::Redrive));
        assert!(!again(&retry, Some(0), OnReject::Redrive));
        assert!(again(&retry, None, OnReject::Redrive));
        assert!(again(&reject, Some(1), OnReject::Redrive));
        assert!(!again(&reject, Some(1), OnReject::Delete));
        assert!(!again(&reject, None, OnReject::Redrive));
    }

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
    fn the_delay_of_a_handler_replaces_the_back_off() {
        let after = Some(Duration::from_secs(77));
        let end = Outcome::Retry { after, reason: String::new() };
        let settle = end.disposition(FIRST, &policy(OnReject::Redrive)).settle;
        assert_eq!(settle, Some(Settle::Return { after: Duration::from_secs(77) }));
    }
}
