//! The messages in a dead-letter queue, and which queues may add some.

use crate::checks::judging::Policies;
use crate::figures::{count, time};
use crate::finding::{Problem, Severity, Verdict};
use crate::fix::{Fix, quoted, region};
use crate::queue::{Queue, RedriveAllow, Setting, Source};

/// A `RedriveAllowPolicy` can name this many queues.
const MOST_SOURCES: usize = 10;

/// Above this share of the retention, the oldest dead letters are lost soon.
const NEAR: f64 = 0.5;

/// Messages that wait in a dead-letter queue.
pub(in crate::checks) fn dead_letters(queue: &Queue, _: &Policies) -> Verdict {
    match queue.is_dead_letter_queue() {
        Some(true) => {}
        Some(false) => return Verdict::Fine,
        None => return Verdict::Unknown("whether it is a dead-letter queue"),
    }
    let visible = match queue.visible {
        Some(0) => return Verdict::Fine,
        Some(visible) => visible,
        None if queue.url().is_none() => return Verdict::Fine,
        None => return Verdict::Unknown("the number of messages"),
    };
    let messages = match visible {
        1 => "1 message waits".to_owned(),
        more => format!("{} messages wait", count(more as f64)),
    };
    let (severity, loss) = time_of_loss(queue);
    let evidence = format!("{messages} in this dead-letter queue.{loss}");
    let text = "Read one message, fix its cause, then move the messages back. They are deleted when \
                their retention ends.";
    let source = quoted(queue.resource());
    let region = region(queue);
    let command = format!("aws sqs start-message-move-task{region} --source-arn {source}");
    let fix = Fix { aws: queue.url().map(|_| command), ..Fix::text(text) };
    Problem::estimated(severity, evidence, fix).into()
}

/// When the oldest message is deleted, as far as it is known.
fn time_of_loss(queue: &Queue) -> (Severity, String) {
    let oldest = queue.usage.as_ref().and_then(|usage| usage.oldest);
    let Some((oldest, retention)) = oldest.zip(queue.retention.known()) else {
        return (Severity::Medium, String::new());
    };
    let near = oldest.as_secs_f64() > NEAR * retention.as_secs_f64();
    let severity = if near { Severity::High } else { Severity::Medium };
    let (age, left) = (time(oldest), time(retention.saturating_sub(oldest)));
    (severity, format!(" The oldest is {age} old. SQS deletes it in at most {left}."))
}

/// A dead-letter queue that accepts messages from each queue of the account, which is the default.
pub(in crate::checks) fn redrive_allow_all(queue: &Queue, _: &Policies) -> Verdict {
    let Some(sources) = &queue.sources else {
        return Verdict::Unknown("whether it is a dead-letter queue");
    };
    if sources.is_empty() || sources.len() > MOST_SOURCES {
        return Verdict::Fine;
    }
    match queue.redrive_allow {
        Setting::Unset | Setting::Known(RedriveAllow::All) => {}
        Setting::Known(RedriveAllow::Listed) => return Verdict::Fine,
        Setting::Unknown => return Verdict::Unknown("RedriveAllowPolicy"),
    }
    let evidence = "Each queue of the account and region may name it as its dead-letter queue, so dead \
                    letters of other applications can be mixed with these.";
    Problem::exact(Severity::Low, evidence, allow_only(queue, sources)).into()
}

fn allow_only(queue: &Queue, sources: &[Source]) -> Fix {
    let arns: Vec<_> = sources.iter().filter_map(|source| source.arn.as_deref()).collect();
    let policy = serde_json::json!({ "redrivePermission": "byQueue", "sourceQueueArns": arns });
    let named: Vec<_> = sources.iter().map(reference).collect();
    // In the queue itself, a reference to a source that refers to it would be a cycle.
    let terraform = format!(
        "resource \"aws_sqs_queue_redrive_allow_policy\" \"dead_letters\" {{\n  queue_url = aws_sqs_queue.dead_letters.url\n  \
         redrive_allow_policy = jsonencode({{\n    redrivePermission = \"byQueue\"\n    sourceQueueArns   = [{}]\n  }})\n}}",
        named.join(", ")
    );
    Fix::attribute(
        queue,
        "Allow only its sources.",
        ("RedriveAllowPolicy", &policy.to_string()),
        terraform,
    )
}

/// A source in the module of the dead-letter queue.
fn reference(source: &Source) -> String {
    match &source.arn {
        Some(arn) => format!("{arn:?}"),
        None => {
            let start = source.name.rfind("aws_sqs_queue.").unwrap_or_default();
            format!("{}.arn", &source.name[start..])
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn dead() -> Queue {
        let mut queue = Queue::example("dead");
        let arn = Some("arn:aws:sqs:us-east-1:123456789012:orders".to_owned());
        queue.sources = Some(vec![Source { name: "orders".to_owned(), arn }]);
        queue
    }

    #[test]
    fn old_dead_letters_are_high_and_the_evidence_says_when_they_are_lost() {
        let mut queue = dead();
        let usage = queue.usage.as_mut().unwrap();
        usage.oldest = Some(Duration::from_secs(6 * 86_400));
        let Verdict::Problem(problem) = dead_letters(&queue, &Policies::default()) else {
            panic!("it has messages");
        };
        assert_eq!(problem.severity, Severity::High);
        assert!(
            problem.evidence.ends_with("SQS deletes it in at most 24 hours."),
            "{}",
            problem.evidence
        );
    }

    #[test]
    fn an_empty_dead_letter_queue_and_a_queue_with_work_are_fine() {
        let mut queue = dead();
        queue.visible = Some(0);
        assert_eq!(dead_letters(&queue, &Policies::default()), Verdict::Fine);
        assert_eq!(dead_letters(&Queue::example("orders"), &Policies::default()), Verdict::Fine);
    }

    #[test]
    fn only_dead_letter_queues_must_limit_their_sources() {
        let mut queue = dead();
        queue.redrive_allow = Setting::Unset;
        let Verdict::Problem(problem) = redrive_allow_all(&queue, &Policies::default()) else {
            panic!("it allows all");
        };
        assert!(problem.fix.aws.unwrap().contains(":orders"), "the source is listed");
        queue.sources = Some(Vec::new());
        assert_eq!(redrive_allow_all(&queue, &Policies::default()), Verdict::Fine);
    }
}
