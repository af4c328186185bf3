//! Which series of a queue exist at zero. Every series that an alert or an objective counts does,
//! because `increase()` does not see the first event of a counter that appears with it. A label value
//! that cannot occur, or that no rule counts, gets its series when it occurs, so that `/metrics` does
//! not contain zeros that never change.

use crate::config::{OnReject, QueueAddress, QueueConfig};
use crate::label::LabelSet;
use crate::outcome::{Ending, HandlerError, ReceiveOutcome, Settled};
use crate::queue::{Action, ApiResult};
use crate::slo::Slo;

/// What can occur on one queue.
pub(super) struct Possible<'a> {
    config: &'a QueueConfig,
    can_end: &'a dyn Fn(Ending) -> bool,
}

impl<'a> Possible<'a> {
    pub(super) fn new(config: &'a QueueConfig, can_end: &'a dyn Fn(Ending) -> bool) -> Self {
        Self { config, can_end }
    }

    pub(super) fn ending(&self, ending: Ending) -> bool {
        (self.can_end)(ending)
    }

    pub(super) fn handler_error(&self, error: HandlerError) -> bool {
        let mut endings = Ending::ALL.iter().filter(|ending| self.ending(**ending));
        endings.any(|ending| ending.handler_error() == Some(error))
    }

    pub(super) fn settled(&self, settled: Settled) -> bool {
        match settled {
            Settled::Rejected => self.ending(Ending::Reject) || self.config.payloads().is_on(),
            Settled::Deleted
            | Settled::Retried
            | Settled::Released
            | Settled::LeaseLost
            | Settled::Abandoned => true,
        }
    }

    /// A queue with a URL is not looked up.
    pub(super) fn action(&self, action: Action) -> bool {
        match action {
            Action::Send => self.config.on_reject() == OnReject::DeadLetter,
            Action::GetUrl => !matches!(self.config.address(), QueueAddress::Url(_)),
            Action::Receive | Action::Delete | Action::ChangeVisibility | Action::GetAttributes => {
                true
            }
        }
    }

    /// Only a receive uses the key of a queue. The rules compare refused and throttled requests with
    /// all requests; an unanswered request that is missing from all of them does not hide a refused
    /// one.
    pub(super) fn request(&self, action: Action, result: ApiResult) -> bool {
        self.action(action)
            && match result {
                ApiResult::Kms => action == Action::Receive,
                ApiResult::Unavailable | ApiResult::Timeout => false,
                ApiResult::Ok
                | ApiResult::Throttled
                | ApiResult::Denied
                | ApiResult::Missing
                | ApiResult::Invalid => true,
            }
    }

    /// No rule counts receives that failed.
    pub(super) fn receive(&self, outcome: ReceiveOutcome) -> bool {
        match outcome {
            ReceiveOutcome::Full | ReceiveOutcome::Partial | ReceiveOutcome::Empty => true,
            ReceiveOutcome::Error | ReceiveOutcome::Abandoned => false,
        }
    }

    pub(super) fn gather(&self) -> bool {
        !self.config.gather().is_zero()
    }

    /// A threshold of zero switches an objective off.
    pub(super) fn objective(&self, slo: Slo) -> bool {
        match slo {
            Slo::Freshness => !self.config.objectives().freshness_threshold.is_zero(),
            Slo::Delivery | Slo::Latency | Slo::Polling => true,
        }
    }
}
