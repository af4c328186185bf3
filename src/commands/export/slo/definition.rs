//! One objective of one queue, independent of a format.

use std::collections::BTreeSet;

use humantime::format_duration;
use longshore::config::{ObjectivesConfig, QueueConfig};
use longshore::label::LabelSet as _;
use longshore::slo::windows::{self, Severity};
use longshore::slo::{Judgement, Slo};
use longshore::telemetry::catalog::SLO_EVENTS;

/// The longest name that Kubernetes and OpenSLO accept.
const LONGEST_NAME: usize = 63;

/// An objective of a queue.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Definition {
    /// Unique. At most 63 lowercase letters, digits and dashes.
    pub(super) name: String,
    pub(super) queue: String,
    pub(super) slo: Slo,
    /// The share of events that must be good, in percent.
    pub(super) percent: f64,
    /// What a good event is.
    pub(super) description: String,
}

/// Every objective of these queues. An objective that is switched off has none.
pub(super) fn all<'a>(queues: impl IntoIterator<Item = &'a QueueConfig>) -> Vec<Definition> {
    let mut names = BTreeSet::new();
    let mut definitions = Vec::new();
    for queue in queues {
        for slo in Slo::ALL.iter().copied() {
            let Some((objective, description)) = objective(slo, queue.objectives()) else {
                continue;
            };
            definitions.push(Definition {
                name: unique_name(queue.name(), slo, &mut names),
                queue: queue.name().to_owned(),
                slo,
                // 0.999 * 100 is not 99.9 in binary.
                percent: (objective * 1e8).round() / 1e6,
                description: format!("Queue {}: {description}", queue.name()),
            });
        }
    }
    definitions
}

fn objective(slo: Slo, objectives: &ObjectivesConfig) -> Option<(f64, String)> {
    let within = |threshold| format_duration(threshold).to_string();
    Some(match slo {
        Slo::Delivery => (objectives.delivery, "messages are processed and deleted.".to_owned()),
        Slo::Latency => {
            let threshold = within(objectives.latency_threshold);
            (objectives.latency, format!("handlers process a message within {threshold}."))
        }
        Slo::Freshness if objectives.freshness_threshold.is_zero() => return None,
        Slo::Freshness => {
            let threshold = within(objectives.freshness_threshold);
            (objectives.freshness, format!("handlers get a message within {threshold}."))
        }
        Slo::Polling => {
            let text = "receives return messages, or wait as long as SQS allows.";
            (objectives.polling, text.to_owned())
        }
        // The list of the library can grow. A test compares the definitions with it.
        _ => return None,
    })
}

/// Names of queues can have other characters, so two queues can lead to one name.
fn unique_name(queue: &str, slo: Slo, names: &mut BTreeSet<String>) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let queue: String = queue.chars().map(letter).collect();
    let with = |suffix: &str| {
        let end = format!("-{}{suffix}", slo.as_str());
        let start: String = queue.chars().take(LONGEST_NAME - end.len()).collect();
        let start = start.trim_matches('-');
        format!("{}{end}", if start.is_empty() { "queue" } else { start })
    };
    let numbered = (2..).map(|number| with(&format!("-{number}")));
    let name = std::iter::once(with("")).chain(numbered).find(|name| !names.contains(name));
    let name = name.expect("the numbers do not end");
    names.insert(name.clone());
    name
}

impl Definition {
    /// The series of its events, with this result or with both.
    pub(super) fn series(&self, result: Option<Judgement>) -> String {
        let (metric, slo) = (SLO_EVENTS.name, self.slo.as_str());
        let queue = self.queue.replace('\\', "\\\\").replace('"', "\\\"");
        let result = result.map(|result| format!(",result=\"{}\"", result.as_str()));
        format!("{metric}{{queue=\"{queue}\",slo=\"{slo}\"{}}}", result.unwrap_or_default())
    }

    /// Whether its alerts page an operator. Polling is about cost, so it has only tickets.
    pub(super) fn pages(&self) -> bool {
        windows::alerts(self.slo).iter().any(|burn| burn.severity == Severity::Page)
    }

    /// The alert of the rules for this objective. Its runbook also fits here.
    pub(super) fn runbook(&self) -> String {
        longshore::report::runbook_url(if self.pages() {
            "LongshoreErrorBudgetBurn"
        } else {
            "LongshorePollingWaste"
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn queue(name: &str, freshness: Duration) -> QueueConfig {
        let mut objectives = ObjectivesConfig::default();
        objectives.freshness_threshold = freshness;
        QueueConfig::builder("orders").name(name).objectives(objectives).build().unwrap()
    }

    #[test]
    fn a_queue_has_its_objectives_without_those_that_are_off() {
        let [on, off] = [Duration::from_secs(10), Duration::ZERO]
            .map(|freshness| all([&queue("orders", freshness)]));
        let slos = |all: &[Definition]| Vec::from_iter(all.iter().map(|one| one.slo.as_str()));
        assert_eq!(slos(&on), Vec::from_iter(Slo::ALL.iter().map(|slo| slo.as_str())));
        assert_eq!(slos(&off), ["delivery", "latency", "polling"]);
        assert_eq!(Vec::from_iter(on.iter().map(|one| one.percent)), [99.9, 99.0, 99.0, 95.0]);
        assert_eq!(Vec::from_iter(on.iter().map(Definition::pages)), [true, true, true, false]);
        assert!(on[1].description.ends_with("within 5s."), "{}", on[1].description);
    }

    #[test]
    fn names_are_short_and_unique() {
        let long = "a".repeat(80);
        let queues = ["a_B.fifo", "a-b-fifo", "_", &long, &long[..79]];
        let queues = queues.map(|name| queue(name, Duration::ZERO));
        let names: Vec<_> = all(&queues).into_iter().map(|one| one.name).collect();
        assert_eq!(names[..2], ["a-b-fifo-delivery", "a-b-fifo-latency"]);
        assert_eq!((&*names[3], &*names[6]), ("a-b-fifo-delivery-2", "queue-delivery"));
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(names.iter().all(|name| name.len() <= LONGEST_NAME), "{names:?}");
    }
}
