//! The dead-letter queue of a queue.

use std::time::Duration;

use crate::checks::judging::Policies;
use crate::figures::time;
use crate::finding::{Problem, Severity, Verdict};
use crate::fix::{Fix, quoted, region};
use crate::queue::{DeadLetterQueue, Queue, Redrive, Setting};

/// The receives that a new policy allows. AWS's console suggests 10; five leave four retries.
const RECEIVES: u32 = 5;

/// A name of a queue has at most this many characters.
const LONGEST_NAME: usize = 80;

/// The longest retention of SQS.
const LONGEST: Duration = Duration::from_secs(14 * 86_400);

/// Above this, a message that always fails is processed for long, and its cause is seen late.
const MOST_RECEIVES: u32 = 100;

/// The receives that the present policy allows, if they are suitable.
fn receives(queue: &Queue) -> u32 {
    let present = queue.redrive.known().and_then(|redrive| redrive.max_receives);
    present.filter(|most| (3..=MOST_RECEIVES).contains(most)).unwrap_or(RECEIVES)
}

fn policy(queue: &Queue, text: &str, target: &str) -> Fix {
    let receives = receives(queue);
    let policy = serde_json::json!({ "deadLetterTargetArn": target, "maxReceiveCount": receives });
    let terraform = format!(
        "redrive_policy = jsonencode({{\n  deadLetterTargetArn = {}\n  maxReceiveCount     = {receives}\n}})",
        if target.starts_with("arn:") { format!("{target:?}") } else { format!("{target}.arn") },
    );
    Fix::attribute(queue, text, ("RedrivePolicy", &policy.to_string()), terraform)
}

/// The ARN of a queue for the dead letters of this one, which may not exist.
fn new_target(queue: &Queue) -> String {
    let Some((account, name)) = queue.resource().rsplit_once(':') else {
        return "aws_sqs_queue.dead_letters".to_owned();
    };
    let (name, end) = match name.strip_suffix(".fifo") {
        Some(rest) => (rest, "-dead.fifo"),
        None => (name, "-dead"),
    };
    let name: String = name.chars().take(LONGEST_NAME - end.len()).collect();
    format!("{account}:{name}{end}")
}

/// No redrive policy, or one whose queue does not exist.
pub(in crate::checks) fn no_dead_letter_queue(queue: &Queue, _: &Policies) -> Verdict {
    let (severity, evidence) = match &queue.redrive {
        Setting::Unknown => return Verdict::Unknown("RedrivePolicy"),
        Setting::Known(Redrive { queue: DeadLetterQueue::Missing, target, .. }) => {
            let target = target.as_deref().unwrap_or("unknown");
            (Severity::High, format!("Its dead-letter queue {target} does not exist."))
        }
        Setting::Known(_) => return Verdict::Fine,
        Setting::Unset => match queue.is_dead_letter_queue() {
            Some(true) => return Verdict::Fine,
            None => return Verdict::Unknown("whether it is a dead-letter queue"),
            Some(false) => (
                Severity::Medium,
                "A message that always fails is received again until its retention ends. Then it is \
                 deleted without a trace. In a FIFO queue, it also blocks its group."
                    .to_owned(),
            ),
        },
    };
    let text = "Create a dead-letter queue of the same type with a retention of 14 days, then name it \
                here. Raise an alarm when it contains messages.";
    Problem::exact(severity, evidence, with_new_queue(queue, text)).into()
}

/// Creates a queue for the dead letters, and names it.
fn with_new_queue(queue: &Queue, text: &str) -> Fix {
    let target = new_target(queue);
    let mut fix = policy(queue, text, &target);
    let mut attributes = serde_json::json!({ "MessageRetentionPeriod": "1209600" });
    if queue.fifo {
        attributes["FifoQueue"] = "true".into();
    }
    let (name, attributes) = (quoted(short_name(&target)), quoted(&attributes.to_string()));
    fix.aws = fix.aws.map(|command| {
        let region = region(queue);
        format!(
            "aws sqs create-queue{region} --queue-name {name} --attributes {attributes}\n{command}"
        )
    });
    fix
}

/// A `maxReceiveCount` without retries, or with very many.
pub(in crate::checks) fn max_receive_count(queue: &Queue, _: &Policies) -> Verdict {
    let redrive = match &queue.redrive {
        Setting::Unset => return Verdict::Fine,
        Setting::Unknown => return Verdict::Unknown("maxReceiveCount"),
        Setting::Known(redrive) => redrive,
    };
    let (severity, evidence) = match redrive.max_receives {
        None => return Verdict::Unknown("maxReceiveCount"),
        Some(1) => (
            Severity::High,
            "maxReceiveCount is 1: a message whose consumer is stopped or crashes once becomes a dead \
             letter, although nothing is wrong with it."
                .to_owned(),
        ),
        Some(2) => (
            Severity::Low,
            "maxReceiveCount is 2: two deploys or crashes during its processing make a healthy message a \
             dead letter."
                .to_owned(),
        ),
        Some(most) if most > MOST_RECEIVES => (
            Severity::Low,
            format!(
                "maxReceiveCount is {most}: a message that always fails is processed {most} times before \
                 it is set aside."
            ),
        ),
        Some(_) => return Verdict::Fine,
    };
    let target = redrive.target.as_deref().unwrap_or("aws_sqs_queue.dead_letters");
    let text = "Set maxReceiveCount to 5, or to one more than the number of retries that your handler needs.";
    Problem::exact(severity, evidence, policy(queue, text, target)).into()
}

/// A dead-letter queue that keeps messages no longer than its source. In a standard queue, a message
/// keeps the time at which it was first sent.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>
pub(in crate::checks) fn dead_letter_retention(queue: &Queue, _: &Policies) -> Verdict {
    if queue.fifo {
        return Verdict::Fine;
    }
    let Redrive { queue: found, target, .. } = match &queue.redrive {
        Setting::Known(redrive) => redrive,
        Setting::Unset => return Verdict::Fine,
        Setting::Unknown => return Verdict::Unknown("RedrivePolicy"),
    };
    let (retention, own) = match (found, &queue.retention) {
        (DeadLetterQueue::Missing, _) => return Verdict::Fine,
        (DeadLetterQueue::Found { retention: Setting::Known(theirs), .. }, Setting::Known(own)) => {
            (*theirs, *own)
        }
        _ => return Verdict::Unknown("the retention of the dead-letter queue"),
    };
    if retention > own || retention == LONGEST {
        return Verdict::Fine;
    }
    let evidence = format!(
        "The dead-letter queue keeps messages for {}, the queue itself for {}. A dead letter keeps the \
         time at which it was sent, so one that waited long is deleted soon after it is moved.",
        time(retention),
        time(own)
    );
    let name = target.as_deref().map_or("the dead-letter queue", short_name);
    let text = format!("Set the retention of {name} to 14 days, the longest.");
    let mut fix = Fix::text(text).with_terraform("message_retention_seconds = 1209600");
    fix.aws = target.as_deref().and_then(|target| retention_command(queue, target));
    Problem::exact(Severity::Medium, evidence, fix).into()
}

fn short_name(target: &str) -> &str {
    if target.starts_with("arn:") { target.rsplit(':').next().unwrap_or(target) } else { target }
}

/// The dead-letter queue has the account and region of its source, so its URL differs in the name only.
fn retention_command(queue: &Queue, target: &str) -> Option<String> {
    let (base, _) = queue.url()?.rsplit_once('/')?;
    let dead = Queue {
        name: short_name(target).to_owned(),
        place: crate::queue::Place::Account {
            url: format!("{base}/{}", short_name(target)),
            arn: target.to_owned(),
        },
        ..queue.clone()
    };
    Fix::attribute(&dead, "", ("MessageRetentionPeriod", "1209600"), "").aws
}

/// A FIFO queue needs a FIFO queue for its dead letters, and a standard queue a standard one.
pub(in crate::checks) fn dead_letter_queue_type(queue: &Queue, _: &Policies) -> Verdict {
    let Redrive { queue: found, target, .. } = match &queue.redrive {
        Setting::Known(redrive) => redrive,
        Setting::Unset => return Verdict::Fine,
        Setting::Unknown => return Verdict::Unknown("RedrivePolicy"),
    };
    let name_is_fifo = target.as_deref().filter(|target| target.starts_with("arn:"));
    let fifo = match (found, name_is_fifo) {
        (DeadLetterQueue::Found { fifo, .. }, _) => *fifo,
        (DeadLetterQueue::Missing, _) => return Verdict::Fine,
        (DeadLetterQueue::Unknown, Some(arn)) => arn.ends_with(".fifo"),
        (DeadLetterQueue::Unknown, None) => {
            return Verdict::Unknown("the type of the dead-letter queue");
        }
    };
    if fifo == queue.fifo {
        return Verdict::Fine;
    }
    let kind = |fifo| if fifo { "a FIFO queue" } else { "a standard queue" };
    let evidence = format!(
        "It is {}, and its dead-letter queue is {}. SQS refuses this policy.",
        kind(queue.fifo),
        kind(fifo)
    );
    let text = "Create a dead-letter queue of the same type, and name it here.";
    Problem::exact(Severity::High, evidence, with_new_queue(queue, text)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(max_receives: Option<u32>, found: DeadLetterQueue) -> Queue {
        let mut queue = Queue::example("orders");
        let target = Some("arn:aws:sqs:us-east-1:123456789012:dead".to_owned());
        queue.redrive = Setting::Known(Redrive { target, max_receives, queue: found });
        queue
    }

    fn severity(verdict: Verdict) -> Option<Severity> {
        match verdict {
            Verdict::Fine => None,
            Verdict::Problem(problem) => Some(problem.severity),
            Verdict::Unknown(needed) => panic!("needs {needed}"),
        }
    }

    #[test]
    fn one_receive_is_high_two_are_low_and_three_are_fine() {
        let found = [1, 2, 3, 100, 101].map(|most| {
            let queue = with(Some(most), DeadLetterQueue::Unknown);
            severity(max_receive_count(&queue, &Policies::default()))
        });
        assert_eq!(
            found,
            [Some(Severity::High), Some(Severity::Low), None, None, Some(Severity::Low)]
        );
    }

    #[test]
    fn a_dead_letter_queue_must_keep_messages_longer_than_a_standard_source() {
        let day = 86_400_u64;
        let judge = |days, fifo| {
            let retention = Setting::Known(Duration::from_secs(days * day));
            let mut queue = with(Some(5), DeadLetterQueue::Found { fifo, retention });
            queue.fifo = fifo;
            severity(dead_letter_retention(&queue, &Policies::default()))
        };
        assert_eq!([judge(7, false), judge(8, false)], [Some(Severity::Medium), None]);
        let mut longest = with(
            Some(5),
            DeadLetterQueue::Found { fifo: false, retention: Setting::Known(LONGEST) },
        );
        longest.retention = Setting::Known(LONGEST);
        assert_eq!(dead_letter_retention(&longest, &Policies::default()), Verdict::Fine);
        assert_eq!(judge(1, true), None, "a FIFO queue gives dead letters a new time");
    }

    #[test]
    fn a_dead_letter_queue_needs_none_itself() {
        let mut queue = Queue::example("orders");
        queue.redrive = Setting::Unset;
        let judged = severity(no_dead_letter_queue(&queue, &Policies::default()));
        assert_eq!(judged, Some(Severity::Medium));
        queue.sources = Some(vec![crate::queue::Source { name: "mail".to_owned(), arn: None }]);
        assert_eq!(no_dead_letter_queue(&queue, &Policies::default()), Verdict::Fine);
        queue.sources = None;
        let judged = no_dead_letter_queue(&queue, &Policies::default());
        assert!(matches!(judged, Verdict::Unknown(_)), "{judged:?}");
        let gone =
            no_dead_letter_queue(&with(Some(5), DeadLetterQueue::Missing), &Policies::default());
        assert_eq!(severity(gone), Some(Severity::High));
    }

    #[test]
    fn the_command_for_the_retention_changes_the_dead_letter_queue() {
        let retention = Setting::Known(Duration::from_secs(60));
        let queue = with(Some(5), DeadLetterQueue::Found { fifo: false, retention });
        let Verdict::Problem(problem) = dead_letter_retention(&queue, &Policies::default()) else {
            panic!("it is too short");
        };
        let command = problem.fix.aws.unwrap();
        assert!(command.contains("123456789012/dead --attributes"), "{command}");
    }

    #[test]
    fn the_types_of_a_queue_and_its_dead_letter_queue_must_be_equal() {
        let mut queue = with(Some(5), DeadLetterQueue::Unknown);
        assert_eq!(dead_letter_queue_type(&queue, &Policies::default()), Verdict::Fine);
        queue.fifo = true;
        let judged = severity(dead_letter_queue_type(&queue, &Policies::default()));
        assert_eq!(judged, Some(Severity::High));
    }
}
