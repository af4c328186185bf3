//! The checks. Each reads one queue and returns a verdict.

mod capacity;
mod judging;
mod loss;
mod money;
mod security;

use crate::finding::{Finding, Verdict};
use crate::queue::{Queue, Usage};
pub use judging::Policies;

/// Where the pages about the checks are.
const PAGES: &str = "https://github.com/longshore/longshore/blob/main/docs/audit";

/// The empty receives of a queue, and what long polling would leave.
pub(crate) fn empties(queue: &Queue, usage: &Usage) -> money::Empties {
    money::Empties::new(queue, usage)
}

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// What requests cost.
    Money,
    /// Messages that are lost, or processed too often.
    Loss,
    /// Limits of SQS.
    Capacity,
    /// Access and encryption.
    Security,
}

impl Area {
    /// The word for it in a report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Loss => "loss",
            Self::Capacity => "capacity",
            Self::Security => "security",
        }
    }
}

/// One check.
#[derive(Debug)]
pub struct Check {
    /// Its identifier, for example `empty-receives`. The name of its page.
    pub id: &'static str,
    /// What it looks for.
    pub title: &'static str,
    /// What it is about.
    pub area: Area,
    judge: fn(&Queue, &Policies) -> Verdict,
}

impl Check {
    const fn new(
        id: &'static str,
        title: &'static str,
        area: Area,
        judge: fn(&Queue, &Policies) -> Verdict,
    ) -> Self {
        Self { id, title, area, judge }
    }

    /// The page about this check.
    pub fn page(&self) -> String {
        format!("{PAGES}/{}.md", self.id)
    }

    /// What it finds in a queue.
    pub fn judge(&self, queue: &Queue, policies: &Policies) -> Verdict {
        (self.judge)(queue, policies)
    }

    /// The finding about a queue, or what the check would need.
    pub(crate) fn find(
        &self,
        queue: &Queue,
        policies: &Policies,
    ) -> Result<Option<Finding>, &'static str> {
        let problem = match self.judge(queue, policies) {
            Verdict::Fine => return Ok(None),
            Verdict::Unknown(needed) => return Err(needed),
            Verdict::Problem(problem) => *problem,
        };
        Ok(Some(Finding {
            check: self.id,
            title: self.title,
            queue: queue.name.clone(),
            resource: queue.resource().to_owned(),
            severity: problem.severity,
            certainty: problem.certainty,
            evidence: problem.evidence,
            cost: problem.cost,
            fix: problem.fix,
            page: self.page(),
        }))
    }
}

/// All checks, by area.
pub const CHECKS: &[Check] = &[
    Check::new("empty-receives", "Empty receives", Area::Money, money::empty_receives),
    Check::new("wait-time-zero", "Short polling by default", Area::Money, money::wait_time_zero),
    Check::new("idle-pollers", "Idle poll loops", Area::Money, money::idle_pollers),
    Check::new("large-messages", "Messages above 64 KiB", Area::Money, money::large_messages),
    Check::new("fifo-without-groups", "FIFO queue with one group", Area::Money, money::fifo_price),
    Check::new("heartbeats", "Visibility changes", Area::Money, money::heartbeats),
    Check::new("unused-queue", "Unused queue", Area::Money, money::unused_queue),
    Check::new(
        "no-dead-letter-queue",
        "No dead-letter queue",
        Area::Loss,
        loss::no_dead_letter_queue,
    ),
    Check::new(
        "max-receive-count",
        "Unsuitable maxReceiveCount",
        Area::Loss,
        loss::max_receive_count,
    ),
    Check::new(
        "dead-letter-retention",
        "Dead letters expire too early",
        Area::Loss,
        loss::dead_letter_retention,
    ),
    Check::new("dead-letters", "Messages in a dead-letter queue", Area::Loss, loss::dead_letters),
    Check::new(
        "redrive-allow-all",
        "Any queue may redrive to this queue",
        Area::Loss,
        loss::redrive_allow_all,
    ),
    Check::new("short-retention", "Short retention", Area::Loss, loss::short_retention),
    Check::new(
        "messages-expire",
        "Messages near their retention",
        Area::Loss,
        loss::messages_expire,
    ),
    Check::new(
        "dead-letter-queue-type",
        "Dead-letter queue of another type",
        Area::Loss,
        loss::dead_letter_queue_type,
    ),
    Check::new(
        "lambda-visibility",
        "Visibility timeout too short for Lambda",
        Area::Loss,
        loss::lambda_visibility,
    ),
    Check::new(
        "visibility-timeout",
        "Visibility timeout too short",
        Area::Loss,
        loss::visibility_timeout,
    ),
    Check::new(
        "in-flight-limit",
        "Messages in flight near the limit",
        Area::Capacity,
        capacity::in_flight_limit,
    ),
    Check::new(
        "fifo-few-groups",
        "FIFO backlog in few groups",
        Area::Capacity,
        capacity::few_groups,
    ),
    Check::new(
        "fifo-throughput",
        "FIFO queue near its throughput limit",
        Area::Capacity,
        capacity::fifo_throughput,
    ),
    Check::new("noisy-groups", "Noisy message groups", Area::Capacity, capacity::noisy_groups),
    Check::new(
        "message-size-limit",
        "Messages near the size limit",
        Area::Capacity,
        capacity::message_size_limit,
    ),
    Check::new("encryption-off", "No encryption at rest", Area::Security, security::encryption_off),
    Check::new("open-policy", "Policy open to everyone", Area::Security, security::open_policy),
    Check::new(
        "plain-transport",
        "Requests without TLS",
        Area::Security,
        security::plain_transport,
    ),
    Check::new(
        "service-without-source",
        "Service without a source condition",
        Area::Security,
        security::service_without_source,
    ),
    Check::new("no-customer-key", "No customer key", Area::Security, security::no_customer_key),
    Check::new("tags", "Missing tags", Area::Security, security::tags),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_check_finds_anything_in_a_healthy_queue() {
        for name in ["orders", "orders.fifo"] {
            let queue = Queue::example(name);
            for check in CHECKS {
                let verdict = check.judge(&queue, &Policies::default());
                assert!(!matches!(verdict, Verdict::Problem(_)), "{}: {verdict:?}", check.id);
            }
        }
    }

    #[test]
    fn identifiers_differ_and_are_names_of_files() {
        let ids: BTreeSet<_> = CHECKS.iter().map(|check| check.id).collect();
        assert_eq!(ids.len(), CHECKS.len());
        let plain = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(ids.iter().all(|id| id.chars().all(plain)));
    }
}
