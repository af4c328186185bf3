//! What each alert means and what an operator does first, as short sentences for a table.

use std::collections::BTreeSet;

use super::style::{Word, word_mapping};
use crate::cloudwatch;
use crate::rules::{Alert, Group, Rule, Scale, groups};
use longshore::slo::windows::Severity;
use serde_json::Value;

/// The first step after each alert. The runbook has the others.
pub const FIRST_STEPS: &[(&str, &str)] = &[
    ("LongshoreBacklogGrowing", "Add workers, or raise concurrency."),
    ("LongshoreCircuitBreakerOpen", "Restart the app, or undo its deploy."),
    ("LongshoreDeadLetters", "Find out why they failed, then redrive."),
    ("LongshoreDeadLettersExpire", "Keep messages 14 days, then redrive."),
    ("LongshoreErrorBudgetBurn", "Find which calls fail, and since when."),
    ("LongshoreFleetWaste", "Set wait to 20 s in [defaults]."),
    ("LongshoreGroupBlocked", "Fix or delete the group's first message."),
    ("LongshoreHandlersFailing", "Read the log, or undo the last deploy."),
    ("LongshoreInFlightLimitNear", "Stop the consumer that deletes nothing."),
    ("LongshoreLeasesLost", "Raise visibility."),
    ("LongshoreMessageCostHigh", "Stop waste, then run fewer workers."),
    ("LongshoreMessagesAbandoned", "Fix the network from workers to SQS."),
    ("LongshoreMessagesAborted", "Pause deploys, raise shutdown.grace."),
    ("LongshoreMessagesLost", "Fix the cause, then redrive the DLQ."),
    ("LongshoreMessagesNotDeleted", "Allow sqs:DeleteMessage."),
    ("LongshoreObjectiveConflict", "Restart all with one configuration."),
    ("LongshoreObjectiveMissing", "Load the rules of the workers' version."),
    ("LongshorePayloadsNotDeleted", "Allow s3:DeleteObject."),
    ("LongshorePeriodicTaskSenders", "Set cron_leader on one worker only."),
    ("LongshorePeriodicTasksNotSent", "Start the tasks by hand, read the log."),
    ("LongshorePollersStalled", "Restart pods whose /livez returns 503."),
    ("LongshorePollingWaste", "Set wait to 20 s."),
    ("LongshoreRejectsNotMoved", "Allow sqs:SendMessage on the DLQ."),
    ("LongshoreRequestsRefused", "Undo the change of the policy."),
    ("LongshoreRequestsThrottled", "Scale in, or raise gather."),
    ("LongshoreRestartedWithMessages", "Raise the memory limit or undo a deploy."),
    ("LongshoreSlotsBlocked", "Restart the application."),
    ("LongshoreSpendWithoutResult", "Scale to zero, then fix the handler."),
    ("LongshoreVanishedWithMessages", "Raise the memory limit or grace period."),
    ("LongshoreWorkersGone", "Start workers, or undo the deploy."),
];

/// The values of both columns if no alert can fire. They are not names of alerts.
pub(super) const NO_RULES: &str = "no rules";
pub(super) const NO_WORKERS: &str = "no workers";

/// Shows the first step in place of the name of an alert.
pub(super) fn first_steps() -> Value {
    let steps = FIRST_STEPS.iter().map(|(alert, step)| (*alert, Word::Plain(step)));
    let unknown = [
        (NO_RULES, Word::Plain("Load alerts/longshore.rules.yml in Prometheus.")),
        (NO_WORKERS, Word::Plain("Start workers, or let Prometheus scrape them.")),
    ];
    word_mapping(steps.chain(unknown))
}

/// Shows the summary of an alert in place of its name and severity.
pub(super) fn problems() -> Value {
    let problems = all_problems(groups(Scale::REAL));
    let words = problems.iter().map(|(key, problem)| (key.as_str(), Word::Plain(problem)));
    let unknown = [
        (NO_RULES, Word::Plain("Prometheus has no rules: no alert can fire.")),
        (NO_WORKERS, Word::Plain("Prometheus scrapes no worker.")),
    ];
    word_mapping(words.chain(unknown))
}

/// Shows the summary of an alert of CloudWatch's metrics in place of its name and severity.
pub(super) fn problems_of_queues() -> Value {
    let problems = all_problems(vec![cloudwatch::group(Scale::REAL)]);
    word_mapping(problems.iter().map(|(key, problem)| (key.as_str(), Word::Plain(problem))))
}

/// The summary of each alert and severity, by `NAME SEVERITY`. Of alerts with several causes, the
/// first in the rules.
fn all_problems(groups: Vec<Group>) -> Vec<(String, String)> {
    let mut seen = BTreeSet::new();
    let rules = groups.into_iter().flat_map(|group| group.rules);
    let problem = |rule| match rule {
        Rule::Record { .. } => None,
        Rule::Alert(alert) => Some((key(&alert), without_labels(&alert.summary))),
    };
    rules.filter_map(problem).filter(|(key, _)| seen.insert(key.clone())).collect()
}

fn key(alert: &Alert) -> String {
    format!("{} {}", alert.name, alert.severity.as_str())
}

/// The summary without the labels, which have columns of their own.
fn without_labels(summary: &str) -> String {
    [" of", " for", " from", " in"]
        .iter()
        .fold(summary.to_owned(), |text, word| {
            text.replace(&format!("{word} queue {{{{ $labels.queue }}}}"), "")
        })
        .replace("Queue {{ $labels.queue }}", "The queue")
        .replace("{{ $labels.slo }} ", "")
        .replace(" of exporter {{ $labels.instance }}", "")
        .replace(" {{ $labels.queue }}", "")
}

/// The severities, the worst first: so they are sorted by name.
pub(super) fn severities() -> Value {
    word_mapping([
        (Severity::Page.as_str(), Word::Bad(Severity::Page.as_str())),
        (Severity::Ticket.as_str(), Word::Warning(Severity::Ticket.as_str())),
        ("unknown", Word::Unknown("unknown")),
    ])
}
