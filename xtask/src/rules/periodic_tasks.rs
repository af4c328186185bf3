//! The alerts about periodic tasks that are not sent, or sent twice.

use super::counts::{any_over, increase};
use super::group::{Alert, BY_ANY_JOB, BY_QUEUE, DashboardId, Rule};
use super::scale::{Scale, minutes};
use longshore::slo::windows::Severity;

/// Runs of periodic tasks that were not sent.
const NOT_SENT: &str = "job_queue:longshore_periodic_tasks_not_sent:increase5m";

/// Counts over 5 minutes.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    let runs = r#"longshore_periodic_tasks_total{result=~"missed|failed"}"#;
    vec![increase(NOT_SENT, BY_QUEUE, runs, scale)]
}

/// The alerts.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    vec![Rule::Alert(not_sent(scale)), Rule::Alert(no_sender()), Rule::Alert(several_senders())]
}

fn not_sent(scale: Scale) -> Alert {
    let window = scale.text(minutes(60));
    Alert {
        name: "LongshorePeriodicTasksNotSent",
        expr: any_over(NOT_SENT, BY_QUEUE, &window),
        hold: minutes(1),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![],
        summary: "Periodic tasks of queue {{ $labels.queue }} were not sent.".to_owned(),
        description: format!(
            "In the last {window}, about {{{{ printf \"%.0f\" $value }}}} run(s) of periodic tasks were \
             due and not sent to queue {{{{ $labels.queue }}}} by job {{{{ $labels.job }}}}: SQS or \
             DynamoDB did not accept the requests, or no worker ran at that time. The log line \
             \"periodic task was due and not sent in time\" has the task."
        ),
        dashboard: DashboardId::Queue,
    }
}

/// What each worker is configured to do.
const SENDER: &str = "longshore_periodic_task_sender";

/// Each worker leaves the tasks to another one. The leader can be a job of its own.
fn no_sender() -> Alert {
    senders(
        "none",
        format!(
            "max by ({BY_QUEUE}) ({SENDER}{{sender=\"other\"}})
unless on ({BY_ANY_JOB})
({SENDER}{{sender!=\"other\"}} == 1)"
        ),
        "No worker sends the periodic tasks of queue {{ $labels.queue }}.",
        "The workers of queue {{ $labels.queue }} of job {{ $labels.job }} leave the tasks to another one, and no \
         worker with `cron_leader = true` or a table runs next to them. The runs of the tasks are not counted.",
    )
}

/// Replicas of one deployment with the same configuration, or a leader next to workers that share a table,
/// which count as one.
fn several_senders() -> Alert {
    let of = |sender: &str| format!("{SENDER}{{sender=\"{sender}\"}}");
    let (leader, table) = (of("leader"), of("table"));
    senders(
        "several",
        format!(
            "max by ({BY_QUEUE}) ({SENDER}{{sender!=\"other\"}} == 1)
and on ({BY_ANY_JOB})
(
  sum by ({BY_ANY_JOB}) ({leader})
  + (max by ({BY_ANY_JOB}) ({table}) or 0 * sum by ({BY_ANY_JOB}) ({leader}))
  > 1
)"
        ),
        "Periodic tasks of queue {{ $labels.queue }} are sent more than once.",
        "Several workers of queue {{ $labels.queue }} have `cron_leader = true`, or one has it and others share \
         a table. Each of them sends each run. One of them is of job {{ $labels.job }}.",
    )
}

fn senders(senders: &str, expr: String, summary: &str, description: &str) -> Alert {
    Alert {
        name: "LongshorePeriodicTaskSenders",
        expr,
        // A leader that is replaced is away for less.
        hold: minutes(15),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![("senders", senders.to_owned())],
        summary: summary.to_owned(),
        description: description.to_owned(),
        dashboard: DashboardId::Queue,
    }
}
