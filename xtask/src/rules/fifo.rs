//! Message groups of FIFO queues that do not advance.

use super::group::{Alert, BY_QUEUE, DashboardId, Rule, record};
use super::scale::{Scale, minutes};
use longshore::slo::thresholds::{GROUP_BLOCKED_PAGE, GROUP_BLOCKED_TICKET};
use longshore::slo::windows::Severity;

const BLOCKED: &str = "job_queue:longshore_message_group_blocked:seconds";

/// The group that has waited longest, at any worker: SQS can give its messages to another worker each
/// time.
pub(super) fn recordings() -> Vec<Rule> {
    let blocked = format!("max by ({BY_QUEUE}) (longshore_message_group_blocked_seconds)");
    vec![record(BLOCKED, blocked)]
}

pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    [Severity::Page, Severity::Ticket]
        .map(|severity| Rule::Alert(group_blocked(scale, severity)))
        .into()
}

fn group_blocked(scale: Scale, severity: Severity) -> Alert {
    let window = scale.text(minutes(5));
    let (limit, name) = match severity {
        Severity::Page => (GROUP_BLOCKED_PAGE, "hour"),
        Severity::Ticket => (GROUP_BLOCKED_TICKET, "ten_minutes"),
    };
    Alert {
        name: "LongshoreGroupBlocked",
        expr: format!("min_over_time({BLOCKED}[{window}]) > {}", limit.as_secs()),
        hold: minutes(1),
        keep: minutes(5),
        severity,
        labels: vec![("limit", name.to_owned())],
        summary: "A message group of queue {{ $labels.queue }} is blocked.".to_owned(),
        description: "For {{ $value | humanizeDuration }}, no message of a group of FIFO queue \
             {{ $labels.queue }} of job {{ $labels.job }} has been processed, although it was \
             received. The messages behind it wait. Other groups are not affected."
            .to_owned(),
        dashboard: DashboardId::Queue,
    }
}
