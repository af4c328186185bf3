//! The kinds of faults, and when each strikes.

use std::time::Duration;

use crate::action::Action;

/// Something that goes wrong on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request is answered this much later.
    Latency(Duration),
    /// `RequestThrottled` with status 403, the throttling that SQS documents.
    Throttle,
    /// `ThrottlingException: Rate exceeded` with status 400, the throttling of its front end.
    RateExceeded,
    /// `InternalFailure` with status 500.
    InternalFailure,
    /// `ServiceUnavailable` with status 503.
    Unavailable,
    /// `AccessDenied` with status 403.
    AccessDenied,
    /// The connection is cut before anything is done.
    CutConnection,
    /// The action is done, then the connection is cut: the answer never arrives.
    LoseAnswer,
    /// One entry of a batch fails with `InternalError`, which is not the sender's fault; rolled for each entry.
    FailEntry,
    /// A received message stays visible, so that it is delivered again.
    Duplicate,
    /// A long poll goes on after its client has gone, and swallows messages into flight until its wait
    /// ends. SQS may do this; without the fault, the poll ends with its connection.
    OrphanPoll,
}

/// One fault with its conditions. As built by [`Rule::new`] it strikes every request of every action.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub(super) fault: Fault,
    pub(super) action: Option<Action>,
    pub(super) when: When,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum When {
    Always,
    /// The next so many times, and never after.
    Next(u32),
    /// With this probability.
    Chance(f64),
}

impl Rule {
    /// A rule that strikes always and everywhere.
    pub fn new(fault: Fault) -> Self {
        Self { fault, action: None, when: When::Always }
    }

    /// Strikes requests for `action` only.
    #[must_use]
    pub fn on(mut self, action: Action) -> Self {
        self.action = Some(action);
        self
    }

    /// Strikes the next `times` times (requests, batch entries or messages, as the fault has it).
    #[must_use]
    pub fn next(mut self, times: u32) -> Self {
        self.when = When::Next(times);
        self
    }

    /// Strikes with a probability between 0 and 1.
    #[must_use]
    pub fn chance(mut self, probability: f64) -> Self {
        self.when = When::Chance(probability);
        self
    }

    /// Whether it strikes now; a counted rule is used up by it.
    pub(super) fn strikes(&mut self, action: Action, random: &mut fastrand::Rng) -> bool {
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
