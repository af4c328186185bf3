//! How long a queue keeps messages.

use std::time::Duration;

use crate::checks::judging::{Policies, by_cloudwatch};
use crate::figures::time;
use crate::finding::{Problem, Severity, Verdict};
use crate::fix::Fix;
use crate::queue::{Queue, Setting};

/// A long weekend. The default of SQS.
const LEAST: Duration = Duration::from_secs(4 * 86_400);

/// Above this share of the retention, a message was near its loss.
const NEAR: f64 = 0.5;

/// Longer, but shorter than the retention that the dead-letter queue can have.
fn longer(queue: &Queue) -> Fix {
    let (text, seconds) = match queue.is_dead_letter_queue() {
        Some(true) => ("Set the retention to 14 days, the longest. It costs nothing.", "1209600"),
        _ => (
            "Set the retention to 7 days, and that of its dead-letter queue to 14. It costs nothing.",
            "604800",
        ),
    };
    let attribute = ("MessageRetentionPeriod", seconds);
    Fix::attribute(queue, text, attribute, format!("message_retention_seconds = {seconds}"))
}

/// A retention below that of a long weekend.
pub(in crate::checks) fn short_retention(queue: &Queue, _: &Policies) -> Verdict {
    let retention = match queue.retention {
        Setting::Known(retention) => retention,
        Setting::Unset => return Verdict::Fine,
        Setting::Unknown => return Verdict::Unknown("MessageRetentionPeriod"),
    };
    if retention >= LEAST {
        return Verdict::Fine;
    }
    let evidence = format!(
        "Messages are deleted after {}. If consumers fail on a Friday evening, they are gone on Monday.",
        time(retention)
    );
    let severity =
        if retention < Duration::from_secs(86_400) { Severity::Medium } else { Severity::Low };
    Problem::exact(severity, evidence, longer(queue)).into()
}

/// The oldest message was older than half of the retention.
pub(in crate::checks) fn messages_expire(queue: &Queue, _: &Policies) -> Verdict {
    // Dead letters are meant to wait, and have a check of their own.
    if queue.is_dead_letter_queue() == Some(true) {
        return Verdict::Fine;
    }
    by_cloudwatch(queue, |usage| {
        let Some((oldest, retention)) = usage.oldest_ever.zip(queue.retention.known()) else {
            return Verdict::Fine;
        };
        let share = oldest.as_secs_f64() / retention.as_secs_f64();
        if share <= NEAR {
            return Verdict::Fine;
        }
        let severity = if share >= 0.9 { Severity::High } else { Severity::Medium };
        let evidence = format!(
            "The oldest message was {} old, {:.0} % of the retention of {}. When its retention ends, SQS \
             deletes it without a trace.",
            time(oldest),
            (100.0 * share).min(100.0),
            time(*retention)
        );
        let text = "Find out why consumers do not process these messages. Then set the retention to 14 days \
                    until the backlog is processed.";
        let attribute = ("MessageRetentionPeriod", "1209600");
        let fix = Fix::attribute(queue, text, attribute, "message_retention_seconds = 1209600");
        Problem::exact(severity, evidence, fix).into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_than_four_days_are_short_and_less_than_a_day_is_worse() {
        let judged = [4 * 86_400, 4 * 86_400 - 1, 3_600].map(|seconds| {
            let mut queue = Queue::example("orders");
            queue.retention = Setting::Known(Duration::from_secs(seconds));
            match short_retention(&queue, &Policies::default()) {
                Verdict::Problem(problem) => Some(problem.severity),
                _ => None,
            }
        });
        assert_eq!(judged, [None, Some(Severity::Low), Some(Severity::Medium)]);
    }

    #[test]
    fn a_message_that_waited_for_most_of_its_retention_is_nearly_lost() {
        let mut queue = Queue::example("orders");
        queue.usage.as_mut().unwrap().oldest_ever = Some(Duration::from_secs(7 * 86_400 - 60));
        let Verdict::Problem(problem) = messages_expire(&queue, &Policies::default()) else {
            panic!("it is old");
        };
        assert_eq!(problem.severity, Severity::High);
    }
}
