//! Events are judged where they happen, by the queue's own thresholds: rules and dashboards then
//! need to know neither.

use std::time::Duration;

use super::objective::Judgement;
use crate::config::ObjectivesConfig;
use crate::config::objectives::LONG_POLL_REFERENCE;
use crate::outcome::{Ending, Settled};

/// A long poll that ends this much before its time still counts as one that waited: clocks and SQS
/// round.
const ROUNDING: Duration = Duration::from_millis(500);

/// One queue's thresholds. `None` is for events that the objective is not about.
#[derive(Debug, Clone)]
pub struct Objectives {
    latency: Duration,
    freshness: Duration,
}

impl From<&ObjectivesConfig> for Objectives {
    fn from(config: &ObjectivesConfig) -> Self {
        Self { latency: config.latency_threshold, freshness: config.freshness_threshold }
    }
}

impl Objectives {
    /// A handler ended. One that was cut off, or was not there, says nothing of how fast it is.
    pub fn latency(&self, ending: Ending, ran: Duration) -> Option<Judgement> {
        match ending {
            Ending::Done | Ending::Retry | Ending::Reject | Ending::TimedOut | Ending::Panicked => {
                Some(good_if(ran <= self.latency))
            }
            Ending::Unavailable | Ending::Interrupted | Ending::LeaseLost => None,
        }
    }

    /// A handler starts on a first delivery, so long after the message was sent. Redeliveries
    /// waited because they were told to.
    pub fn freshness(&self, waited: Duration) -> Judgement {
        good_if(waited <= self.freshness)
    }
}

/// A receive was answered. Empty before its time is bad, whatever wait was configured.
pub fn polling(messages: usize, took: Duration) -> Judgement {
    good_if(messages > 0 || took + ROUNDING >= LONG_POLL_REFERENCE)
}

/// A message was settled. Retries are not yet a failure; giving up is: a rejected message that no
/// redrive will bring again, or the last receive that the queue's redrive policy grants.
pub fn delivery(settled: Settled, comes_again: bool) -> Option<Judgement> {
    match settled {
        Settled::Deleted => Some(Judgement::Good),
        Settled::Retried | Settled::Rejected => (!comes_again).then_some(Judgement::Bad),
        Settled::Released | Settled::LeaseLost | Settled::Abandoned => None,
    }
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
    fn a_retry_is_no_failure_until_it_was_the_last() {
        assert_eq!(delivery(Settled::Retried, true), None);
        assert_eq!(delivery(Settled::Retried, false), Some(Judgement::Bad));
        assert_eq!(delivery(Settled::Deleted, true), Some(Judgement::Good));
        assert_eq!(delivery(Settled::Released, false), None);
    }

    #[test]
    fn a_threshold_itself_is_good() {
        let objectives = Objectives::from(&ObjectivesConfig::default());
        let limit = ObjectivesConfig::default().latency_threshold;
        assert_eq!(objectives.latency(Ending::Done, limit), Some(Judgement::Good));
        let over = limit + Duration::from_millis(1);
        assert_eq!(objectives.latency(Ending::TimedOut, over), Some(Judgement::Bad));
        assert_eq!(objectives.latency(Ending::Interrupted, over), None);
    }
}
