//! Which series of a queue exist at zero. Every series that an alert or an objective counts does,
//! because `increase()` does not see the first event of a counter that appears with it. A label value
//! that cannot occur, or that no rule counts, gets its series when it occurs, so that `/metrics` does
//! not contain zeros that never change.

use super::route_metrics::RouteEnds;
use crate::config::{OnReject, QueueAddress, QueueConfig};
use crate::outcome::{Ending, ReceiveOutcome, Settled};
use crate::queue::{Action, ApiResult};
use crate::slo::Slo;

/// What can occur on one queue.
pub(super) struct Possible<'a> {
    config: &'a QueueConfig,
    routes: &'a [RouteEnds<'a>],
}

impl<'a> Possible<'a> {
    pub(super) fn new(config: &'a QueueConfig, routes: &'a [RouteEnds<'a>]) -> Self {
        Self { config, routes }
    }

    pub(super) fn settled(&self, settled: Settled) -> bool {
        match settled {
            Settled::Rejected => {
                self.config.max_age().is_some()
                    || self.config.payloads().is_on()
                    || self.routes.iter().any(|route| (route.can_end)(Ending::Reject))
            }
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
