//! Message groups: of FIFO queues, and of fair queues.

use crate::checks::judging::{Policies, by_cloudwatch};
use crate::figures::count;
use crate::finding::{Problem, Severity, Verdict};
use crate::fix::Fix;
use crate::queue::Queue;

/// At most this many groups were ever in flight.
const FEW_GROUPS: f64 = 5.0;

/// At least this many messages wait.
const BACKLOG: u64 = 1_000;

/// Many messages wait in a FIFO queue, and few groups are in flight: one of them is blocked, or more
/// consumers cannot help.
pub(in crate::checks) fn few_groups(queue: &Queue, _: &Policies) -> Verdict {
    if !queue.fifo {
        return Verdict::Fine;
    }
    by_cloudwatch(queue, |usage| {
        let few = usage.most_groups.filter(|most| *most <= FEW_GROUPS);
        let backlog = queue.visible.filter(|visible| *visible >= BACKLOG);
        let (Some(groups), Some(visible)) = (few, backlog) else {
            return Verdict::Fine;
        };
        let why = match groups {
            0.0 => "No consumer receives them.",
            _ => {
                "SQS gives the next messages of a group only when those in flight are deleted or visible again. So \
                 there are few groups, one of them is blocked, or too few consumers run."
            }
        };
        let evidence = format!(
            "{} messages wait, but never more than {groups:.0} message groups were in flight. {why}",
            count(visible as f64)
        );
        let text = "If consumers are idle, look for a message that fails again and again and blocks its group, \
                    and use more message groups, such as one per customer. Otherwise add consumers.";
        Problem::estimated(Severity::Medium, evidence, Fix::text(text)).into()
    })
}

/// Groups of a fair queue that use more than their share of its consumers.
pub(in crate::checks) fn noisy_groups(queue: &Queue, _: &Policies) -> Verdict {
    if queue.fifo {
        return Verdict::Fine;
    }
    by_cloudwatch(queue, |usage| {
        let Some(noisy) = usage.most_noisy_groups.filter(|most| *most > 0.0) else {
            return Verdict::Fine;
        };
        let evidence = format!(
            "Up to {} message groups were noisy: SQS delays their messages, so that those of other groups \
             do not wait.",
            count(noisy)
        );
        let text = "Find the senders: the status page of a worker of Longshore names the groups with most \
                    messages. Limit their rate, or give them a queue of their own.";
        Problem::exact(Severity::Low, evidence, Fix::text(text)).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backlog_in_few_groups_is_found() {
        let mut queue = Queue::example("orders.fifo");
        queue.visible = Some(5_000);
        queue.usage.as_mut().unwrap().most_groups = Some(2.0);
        assert!(matches!(few_groups(&queue, &Policies::default()), Verdict::Problem(_)));
        queue.usage.as_mut().unwrap().most_groups = Some(40.0);
        assert_eq!(few_groups(&queue, &Policies::default()), Verdict::Fine);
    }

    #[test]
    fn one_noisy_group_is_found() {
        let mut queue = Queue::example("orders");
        queue.usage.as_mut().unwrap().most_noisy_groups = Some(1.0);
        assert!(matches!(noisy_groups(&queue, &Policies::default()), Verdict::Problem(_)));
    }
}
