//! Events are judged where they happen, by the queue's own thresholds: rules and dashboards then
//! need to know neither.

use std::time::Duration;

use super::objective::Judgement;
use crate::config::ObjectivesConfig;
use crate::config::objectives::LONG_POLL_REFERENCE;
use crate::outcome::Ending;

/// A long poll that ends this much before its time still counts as one that waited: clocks and SQS
/// round.
const ROUNDING: Duration = Duration::from_millis(500);

/// One queue's thresholds. `None` is for events that the objective is not about.
#[derive(Debug, Clone)]
pub struct Objectives {
    latency: Duration,
    /// Zero switches the objective off.
    freshness: Duration,
}

impl From<&ObjectivesConfig> for Objectives {
    fn from(config: &ObjectivesConfig) -> Self {
        Self { latency: config.latency_threshold, freshness: config.freshness_threshold }
    }
}

impl Objectives {
    /// A handler ended. Only a message that was processed says how fast the handler is: a failure
    /// can be fast, and delivery judges it.
    pub fn latency(&self, ending: Ending, ran: Duration) -> Option<Judgement> {
        (ending == Ending::Done).then(|| good_if(ran <= self.latency))
    }

    /// A handler got a message for the first time, this long after the message could be received.
    pub fn freshness(&self, waited: Duration) -> Option<Judgement> {
        (!self.freshness.is_zero()).then(|| good_if(waited <= self.freshness))
    }
}

/// A receive was answered. Empty before its time is bad, whatever wait was configured.
pub fn polling(messages: usize, took: Duration) -> Judgement {
    good_if(messages > 0 || took + ROUNDING >= LONG_POLL_REFERENCE)
}

fn good_if(good: bool) -> Judgement {
    if good { Judgement::Good } else { Judgement::Bad }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_receive_is_judged_by_the_longest_wait_there_is() {
        let second = Duration::from_secs(1);
        assert_eq!(polling(0, Duration::ZERO), Judgement::Bad);
        assert_eq!(polling(0, second * 10), Judgement::Bad);
        assert_eq!(polling(0, second * 20), Judgement::Good);
        assert_eq!(polling(0, Duration::from_millis(19_600)), Judgement::Good);
        assert_eq!(polling(1, Duration::ZERO), Judgement::Good);
    }

    #[test]
    fn a_threshold_itself_is_good() {
        let objectives = Objectives::from(&ObjectivesConfig::default());
        let limit = ObjectivesConfig::default().latency_threshold;
        assert_eq!(objectives.latency(Ending::Done, limit), Some(Judgement::Good));
        let over = limit + Duration::from_millis(1);
        assert_eq!(objectives.latency(Ending::Done, over), Some(Judgement::Bad));
    }

    #[test]
    fn only_processed_messages_are_judged_by_latency() {
        let objectives = Objectives::from(&ObjectivesConfig::default());
        for ending in [Ending::Retry, Ending::Reject, Ending::TimedOut, Ending::Interrupted] {
            assert_eq!(objectives.latency(ending, Duration::ZERO), None);
        }
    }

    #[test]
    fn a_freshness_threshold_of_zero_switches_the_objective_off() {
        let mut config = ObjectivesConfig::default();
        let limit = config.freshness_threshold;
        assert_eq!(Objectives::from(&config).freshness(limit), Some(Judgement::Good));
        config.freshness_threshold = Duration::ZERO;
        assert_eq!(Objectives::from(&config).freshness(limit), None);
    }
}
