//! The active rules, which the server evaluates and tests change.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::rule::{Fault, Rule};
use crate::action::Action;
use crate::refusal::{Reason, Refusal};

const DEFAULT_SEED: u64 = 0;

/// The active rules of a server. No rule is active by default.
///
/// Clones share the same rules, so a test can keep a clone and change the rules while the server
/// runs.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Whether there are rules. Requests skip the lock while there are none.
    any: AtomicBool,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    random: fastrand::Rng,
    rules: Vec<Rule>,
}

impl Default for Shared {
    fn default() -> Self {
        let state = State { random: fastrand::Rng::with_seed(DEFAULT_SEED), rules: Vec::new() };
        Self { any: AtomicBool::new(false), state: Mutex::new(state) }
    }
}

impl Faults {
    /// Adds a rule. If several rules for the same kind of fault apply to a request, the first one
    /// is used.
    pub fn add(&self, rule: Rule) {
        let mut state = self.lock();
        state.rules.push(rule);
        self.0.any.store(true, Ordering::Release);
    }

    /// Removes all rules.
    pub fn clear(&self) {
        self.replace(Vec::new(), None);
    }

    /// Restarts the random numbers for [`Rule::chance`] with this seed. A new server uses seed 0.
    pub fn reseed(&self, seed: u64) {
        self.lock().random.seed(seed);
    }

    /// The active rules. A rule with a count has its remaining count, which can be 0.
    pub fn rules(&self) -> Vec<Rule> {
        self.lock().rules.clone()
    }

    pub(crate) fn replace(&self, rules: Vec<Rule>, seed: Option<u64>) {
        let mut state = self.lock();
        if let Some(seed) = seed {
            state.random.seed(seed);
        }
        self.0.any.store(!rules.is_empty(), Ordering::Release);
        state.rules = rules;
    }

    pub(crate) fn latency(&self, action: Action) -> Option<Duration> {
        self.evaluate(action, |fault| {
            if let Fault::Latency(duration) = fault { Some(*duration) } else { None }
        })
    }

    pub(crate) fn refusal(&self, action: Action) -> Option<Refusal> {
        self.evaluate(action, |fault| refusal(fault, action))
    }

    /// Whether a rule injects `fault` this time.
    pub(crate) fn injects(&self, action: Action, fault: &Fault) -> bool {
        self.evaluate(action, |candidate| (candidate == fault).then_some(())).is_some()
    }

    fn evaluate<T>(&self, action: Action, wanted: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        if !self.0.any.load(Ordering::Acquire) {
            return None;
        }
        let state = &mut *self.lock();
        state.rules.iter_mut().find_map(|rule| {
            let effect = wanted(&rule.fault)?;
            rule.applies(action, &mut state.random).then_some(effect)
        })
    }

    /// Locks the rules. A panic in another thread leaves them usable, because each change is
    /// complete.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refusal(fault: &Fault, action: Action) -> Option<Refusal> {
    match fault {
        Fault::Throttle => Some(Refusal::new(Reason::RequestThrottled, "Request is throttled.")),
        Fault::RateExceeded => Some(Refusal::new(Reason::ThrottlingException, "Rate exceeded")),
        Fault::InternalFailure => Some(Refusal::new(
            Reason::InternalFailure,
            "We encountered an internal error. Please try again.",
        )),
        Fault::Unavailable => Some(Refusal::new(
            Reason::ServiceUnavailableException,
            "Service is temporarily unavailable.",
        )),
        Fault::AccessDenied => Some(Refusal::new(
            Reason::AccessDeniedException,
            format!(
                "User is not authorized to perform: sqs:{}",
                action.name().to_ascii_lowercase()
            ),
        )),
        Fault::Latency(_)
        | Fault::CutConnection
        | Fault::LoseAnswer
        | Fault::FailEntry
        | Fault::Duplicate
        | Fault::OrphanPoll => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIVE: Action = Action::ReceiveMessage;

    #[test]
    fn no_fault_is_active_by_default() {
        assert_eq!(Faults::default().refusal(RECEIVE), None);
    }

    #[test]
    fn a_counted_rule_applies_that_often_to_its_action() {
        let faults = Faults::default();
        faults.add(Rule::new(Fault::Throttle).on(RECEIVE).next(2));
        assert_eq!(faults.refusal(Action::SendMessage), None);
        let codes: Vec<_> =
            (0..3).map(|_| faults.refusal(RECEIVE).map(|refusal| refusal.code())).collect();
        assert_eq!(codes, [Some("RequestThrottled"), Some("RequestThrottled"), None]);
    }

    #[test]
    fn the_same_seed_affects_the_same_requests() {
        let run = |seed| {
            let faults = Faults::default();
            faults.reseed(seed);
            faults.add(Rule::new(Fault::LoseAnswer).chance(0.5));
            (0..64).map(|_| faults.injects(RECEIVE, &Fault::LoseAnswer)).collect::<Vec<_>>()
        };
        assert_eq!(run(7), run(7));
        assert_ne!(run(7), run(8));
    }

    #[test]
    fn clones_share_the_rules() {
        let faults = Faults::default();
        faults.clone().add(Rule::new(Fault::AccessDenied));
        assert_eq!(faults.refusal(RECEIVE).unwrap().code(), "AccessDenied");
        faults.clear();
        assert_eq!(faults.clone().refusal(RECEIVE), None);
    }
}
