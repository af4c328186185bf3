//! The faults, and the rules that decide which requests they affect.

use std::time::Duration;

use crate::action::Action;

/// A failure that the server injects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Delays the action, and with it the response, by this duration. In JSON it has a resolution
    /// of 1 ms.
    Latency(Duration),
    /// Fails the request with `RequestThrottled` and status 403, the documented throttling error of
    /// SQS.
    Throttle,
    /// Fails the request with `ThrottlingException: Rate exceeded` and status 400, the throttling
    /// error of the front end of SQS.
    RateExceeded,
    /// Fails the request with `InternalFailure` and status 500.
    InternalFailure,
    /// Fails the request with `ServiceUnavailable` and status 503.
    Unavailable,
    /// Fails the request with `AccessDenied` and status 403.
    AccessDenied,
    /// Closes the connection without a response, before the action.
    CutConnection,
    /// Closes the connection without a response, after the action.
    LoseAnswer,
    /// Fails an entry of a batch with `InternalError` and `SenderFault` false. The rule is
    /// evaluated for each entry.
    FailEntry,
    /// Receives messages with a visibility timeout of 0, so that the server delivers them again.
    Duplicate,
    /// Keeps a long poll open after its client disconnects. Until its wait time ends, the poll can
    /// receive messages that no client reads, and they stay in flight until their visibility
    /// timeout ends. SQS can do this. Without this fault, a long poll ends with its connection.
    OrphanPoll,
}

/// A fault with its conditions. A rule from [`Rule::new`] affects every request for every action.
///
/// ```
/// use longshore_local::{Action, Fault, Rule};
///
/// // Throttle the next two receives.
/// let rule = Rule::new(Fault::Throttle).on(Action::ReceiveMessage).next(2);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub(super) fault: Fault,
    pub(super) action: Option<Action>,
    pub(super) when: When,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum When {
    Always,
    /// This number of times more.
    Next(u32),
    /// With this probability, from 0 to 1.
    Chance(f64),
}

impl Rule {
    /// A rule that affects every request for every action.
    pub fn new(fault: Fault) -> Self {
        Self { fault, action: None, when: When::Always }
    }

    /// Limits the rule to requests for `action`.
    #[must_use]
    pub fn on(mut self, action: Action) -> Self {
        self.action = Some(action);
        self
    }

    /// Limits the rule to the next `times` requests, or batch entries for [`Fault::FailEntry`].
    /// This replaces an earlier [`chance`](Self::chance).
    #[must_use]
    pub fn next(mut self, times: u32) -> Self {
        self.when = When::Next(times);
        self
    }

    /// Applies the rule with this probability, from 0 (never) to 1 (always). This replaces an
    /// earlier [`next`](Self::next).
    #[must_use]
    pub fn chance(mut self, probability: f64) -> Self {
        self.when = When::Chance(probability);
        self
    }

    /// Whether the rule applies to this request. If it has a count, this uses one of it.
    pub(super) fn applies(&mut self, action: Action, random: &mut fastrand::Rng) -> bool {
        if self.action.is_some_and(|only| only != action) {
            return false;
        }
        match &mut self.when {
            When::Always => true,
            When::Next(0) => false,
            When::Next(left) => {
                *left -= 1;
                true
            }
            When::Chance(probability) => random.f64() < *probability,
        }
    }
}
