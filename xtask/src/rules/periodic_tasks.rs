//! The alert about periodic tasks that were not sent.

use super::counts::{any_over, increase};
use super::group::{Alert, BY_QUEUE, DashboardId, Rule};
use super::scale::{Scale, minutes};
use longshore::slo::windows::Severity;

/// Runs of periodic tasks that were not sent.
const NOT_SENT: &str = "job_queue:longshore_periodic_tasks_not_sent:increase5m";

/// Counts over 5 minutes.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    let runs = r#"longshore_periodic_tasks_total{result=~"missed|failed"}"#;
    vec![increase(NOT_SENT, BY_QUEUE, runs, scale)]
}

/// The alert.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    vec![Rule::Alert(not_sent(scale))]
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
