//! A queue that nothing is sent to.

use crate::checks::judging::{Policies, by_usage};
use crate::figures::{count, dollars};
use crate::finding::{Problem, Severity, Verdict};
use crate::fix::Fix;
use crate::queue::Queue;

/// A queue must be at least this old.
const LEAST_DAYS: f64 = 7.0;

/// No message in all days of the audit. Dead-letter queues are meant to be empty.
pub(in crate::checks) fn unused_queue(queue: &Queue, _: &Policies) -> Verdict {
    by_usage(queue, |usage| {
        match queue.is_dead_letter_queue() {
            Some(false) => {}
            Some(true) => return Verdict::Fine,
            None => return Verdict::Unknown("whether it is a dead-letter queue"),
        }
        let empty = usage.is_without_messages() && queue.visible == Some(0);
        if !empty || usage.days < LEAST_DAYS {
            return Verdict::Fine;
        }
        let a_month = usage.a_month(usage.empty_receives);
        let polled = match queue.usd(a_month) {
            _ if a_month == 0.0 => "No consumer polls it.".to_owned(),
            Some(usd) => {
                format!(
                    "Consumers poll it: {} empty receives a month cost {}.",
                    count(a_month),
                    dollars(usd)
                )
            }
            None => format!("Consumers poll it: {} empty receives a month.", count(a_month)),
        };
        let evidence = format!("No message in {:.0} days. {polled}", usage.days);
        let text = "Stop its consumers, then delete it. First make sure that no producer needs it: a rare \
                    task may use it once a quarter.";
        let fix = Fix::command(queue, text, "delete-queue", "");
        // The empty receives above the floor have a finding of their own.
        Problem::exact(Severity::Low, evidence, fix).into()
    })
}
