//! The visibility timeout, against the time that messages need.

use std::time::Duration;

use longshore::queue::VISIBILITY_CEILING;

use crate::checks::judging::{Policies, by_usage};
use crate::figures::{count, time};
use crate::finding::{Problem, Severity, Verdict};
use crate::fix::Fix;
use crate::queue::{Queue, Setting, Usage};

/// AWS recommends six times the timeout of the function.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>
const LAMBDA_FACTOR: u32 = 6;

/// The default of SQS. A queue with another value was configured on purpose.
const DEFAULT: Duration = Duration::from_secs(30);

/// Received messages per deleted one above which messages are processed again.
const RECEIVED_AGAIN: f64 = 1.5;

fn longer(queue: &Queue, text: &str, timeout: Duration) -> Fix {
    let seconds = timeout.min(VISIBILITY_CEILING).as_secs().to_string();
    let terraform = format!("visibility_timeout_seconds = {seconds}");
    Fix::attribute(queue, text, ("VisibilityTimeout", &seconds), terraform)
}

/// The visibility timeout of a queue that Lambda polls.
pub(in crate::checks) fn lambda_visibility(queue: &Queue, _: &Policies) -> Verdict {
    let Some(function) = queue.function_timeout else {
        return match queue.url() {
            Some(_) => {
                Verdict::Unknown("the event source mappings of Lambda: audit the Terraform plan")
            }
            None => Verdict::Fine,
        };
    };
    let visibility = match queue.visibility {
        Setting::Known(visibility) => visibility,
        Setting::Unset => DEFAULT,
        Setting::Unknown => return Verdict::Unknown("VisibilityTimeout"),
    };
    let least = (function * LAMBDA_FACTOR).min(VISIBILITY_CEILING);
    if visibility >= least {
        return Verdict::Fine;
    }
    let refused = match visibility < function {
        true => " Lambda refuses a timeout below that of the function.",
        false => "",
    };
    let evidence = format!(
        "The visibility timeout is {}, and the function may run for {}. AWS recommends at least six times \
         that, so that Lambda can try a batch again after it was throttled.{refused}",
        time(visibility),
        time(function)
    );
    let severity = if visibility < function { Severity::High } else { Severity::Medium };
    Problem::exact(severity, evidence, longer(queue, "Set the visibility timeout.", least)).into()
}

/// Messages become visible again while they are processed.
pub(in crate::checks) fn visibility_timeout(queue: &Queue, _: &Policies) -> Verdict {
    let Some(visibility) = queue.visibility.known().copied() else {
        return if queue.visibility.is_unknown() {
            Verdict::Unknown("VisibilityTimeout")
        } else {
            Verdict::Fine
        };
    };
    by_usage(queue, |usage| match usage.worker.as_ref().and_then(|worker| worker.handler_p99) {
        // A worker of Longshore sets and extends the timeout of each message itself.
        Some(p99) if p99 > visibility => {
            let evidence = format!(
                "The p99 of the handler time is {}, and the visibility timeout of the queue is {}. Workers of \
                 Longshore extend it; other consumers of the queue process such messages twice.",
                time(p99),
                time(visibility)
            );
            let text = "Set the visibility timeout to more than the p99 of the handler time.";
            Problem::exact(Severity::Low, evidence, longer(queue, text, p99 * 2)).into()
        }
        Some(_) => Verdict::Fine,
        None => by_counts(queue, visibility, usage),
    })
}

/// With the default timeout, more receives than deletes and a rising age show that handlers take longer.
fn by_counts(queue: &Queue, visibility: Duration, usage: &Usage) -> Verdict {
    let again = usage.received > RECEIVED_AGAIN * usage.deleted && usage.deleted > 0.0;
    if visibility > DEFAULT || !again || !usage.oldest_rises {
        return Verdict::Fine;
    }
    let evidence = format!(
        "{} messages were received and {} deleted, and the oldest message gets older each day. Either \
         handlers fail, or they take longer than the visibility timeout of {}. CloudWatch does not have the \
         handler time.",
        count(usage.received),
        count(usage.deleted),
        time(visibility)
    );
    let text = "Set the visibility timeout to more than the p99 of the handler time.";
    Problem::estimated(Severity::Medium, evidence, longer(queue, text, DEFAULT * 10)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queue::WorkerCounters;

    #[test]
    fn lambda_needs_six_times_the_timeout_of_its_function() {
        let judged = [19, 21].map(|seconds| {
            let mut queue = Queue::example("orders");
            queue.function_timeout = Some(Duration::from_secs(seconds));
            match lambda_visibility(&queue, &Policies::default()) {
                Verdict::Problem(problem) => problem.fix.terraform,
                _ => None,
            }
        });
        assert_eq!(judged, [None, Some("visibility_timeout_seconds = 126".to_owned())]);
    }

    #[test]
    fn the_default_timeout_is_too_short_if_messages_are_received_again_and_get_older() {
        let mut queue = Queue::example("orders");
        queue.visibility = Setting::Known(DEFAULT);
        let usage = queue.usage.as_mut().unwrap();
        (usage.received, usage.oldest_rises) = (2.0 * usage.deleted, true);
        let judged = visibility_timeout(&queue, &Policies::default());
        assert!(matches!(judged, Verdict::Problem(_)), "{judged:?}");
        queue.usage.as_mut().unwrap().oldest_rises = false;
        assert_eq!(visibility_timeout(&queue, &Policies::default()), Verdict::Fine);
    }

    #[test]
    fn a_worker_knows_its_handler_time() {
        let mut queue = Queue::example("orders");
        let handler_p99 = Some(Duration::from_secs(180));
        queue.usage.as_mut().unwrap().worker =
            Some(WorkerCounters { handler_p99, ..Default::default() });
        let Verdict::Problem(problem) = visibility_timeout(&queue, &Policies::default()) else {
            panic!("it is longer than the timeout");
        };
        assert_eq!(problem.fix.terraform.as_deref(), Some("visibility_timeout_seconds = 360"));
    }
}
