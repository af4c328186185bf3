//! Alerts about requests that SQS refuses or throttles, and about messages that are not deleted.
//! The workers are judged one by one, because the others hide one that is refused.

use super::counts::{any_over, increase};
use super::group::{Alert, BY_QUEUE, BY_WORKER, DashboardId, Rule};
use super::scale::{Scale, minutes};
use longshore::slo::thresholds::{DELETED_SHARE, FEWEST_PROCESSED, THROTTLED_REQUESTS};
use longshore::slo::windows::Severity;

/// What only an operator can fix.
const REFUSED: &str = "denied|missing|kms|invalid";

/// Requests of all workers.
const REQUESTS: &str = "job_queue:longshore_requests:increase5m";
/// Those of them that SQS throttled.
const THROTTLED: &str = "job_queue:longshore_throttled_requests:increase5m";
/// Messages that were neither deleted nor released.
const ABANDONED: &str = "job_queue:longshore_abandoned_messages:increase5m";

/// Rejected messages that stayed in their queue although they were to be moved.
const NOT_MOVED: &str = "job_queue:longshore_rejects_not_moved:increase5m";

/// Counts over 5 minutes.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    let abandoned = r#"longshore_messages_total{result="abandoned"}"#;
    let throttled = r#"longshore_api_requests_total{result="throttled"}"#;
    let not_moved = r#"longshore_dead_letter_moves_total{result!~"moved|stopped"}"#;
    vec![
        increase(REQUESTS, BY_QUEUE, "longshore_api_requests_total", scale),
        increase(THROTTLED, BY_QUEUE, throttled, scale),
        increase(ABANDONED, BY_QUEUE, abandoned, scale),
        increase(NOT_MOVED, BY_QUEUE, not_moved, scale),
    ]
}

/// One alert for each problem and severity.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    [
        refused_fleet(scale),
        refused(scale),
        throttled(scale, Severity::Page),
        throttled(scale, Severity::Ticket),
        not_deleted(scale),
        abandoned(scale),
        not_moved(scale),
    ]
    .into_iter()
    .map(Rule::Alert)
    .collect()
}

/// Requests of one worker for one action with these results, a second.
fn requests(by: &str, matcher: &str, window: &str) -> String {
    format!("sum by ({by}) (rate(longshore_api_requests_total{matcher}[{window}]))")
}

/// The number of workers with an action that is mostly refused. The actions are counted apart,
/// because the receives that succeed hide the deletes that do not.
fn refused_workers(window: &str) -> String {
    let by = format!("{BY_WORKER}, action");
    let refused = requests(&by, &format!("{{result=~\"{REFUSED}\"}}"), window);
    let all = requests(&by, "", window);
    format!("count by ({BY_QUEUE}) (\n  max by ({BY_WORKER}) ({refused}\n    / {all} > 0.5)\n)")
}

/// After refusals, a worker waits for up to 5 minutes between two receives. The alert keeps firing
/// meanwhile.
fn refused_fleet(scale: Scale) -> Alert {
    let window = scale.text(minutes(5));
    Alert {
        name: "LongshoreRequestsRefused",
        expr: format!(
            "{}\n/\n{} > 0.5",
            requests(BY_QUEUE, &format!("{{action=\"receive\", result=~\"{REFUSED}\"}}"), &window),
            requests(BY_QUEUE, "{action=\"receive\"}", &window)
        ),
        hold: minutes(1),
        keep: minutes(15),
        severity: Severity::Page,
        labels: vec![("workers", "most".to_owned())],
        summary: "SQS refuses most receives from queue {{ $labels.queue }}.".to_owned(),
        description: format!(
            "In the last {window}, SQS refused {{{{ $value | humanizePercentage }}}} of the receives \
             from queue {{{{ $labels.queue }}}} by job {{{{ $labels.job }}}}: access is denied, the \
             queue does not exist, its key cannot be used, or the request is invalid. The log line \
             \"cannot receive\" has the error and advice."
        ),
        dashboard: DashboardId::Queue,
    }
}

fn refused(scale: Scale) -> Alert {
    let window = scale.text(minutes(15));
    Alert {
        name: "LongshoreRequestsRefused",
        expr: refused_workers(&window),
        hold: minutes(5),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![("workers", "any".to_owned())],
        summary: "SQS refuses requests of a worker of queue {{ $labels.queue }}.".to_owned(),
        description: format!(
            "In the last {window}, SQS refused most requests for one action of {{{{ $value }}}} \
             worker(s) of queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}}: access is denied, \
             the queue does not exist, its key cannot be used, or the request is invalid."
        ),
        dashboard: DashboardId::Queue,
    }
}

fn throttled(scale: Scale, severity: Severity) -> Alert {
    let (share, length, hold) = match severity {
        Severity::Page => (THROTTLED_REQUESTS.page, minutes(5), minutes(2)),
        Severity::Ticket => (THROTTLED_REQUESTS.ticket, minutes(15), minutes(15)),
    };
    let window = scale.text(length);
    let count = |counts: &str| match severity {
        Severity::Page => counts.to_owned(),
        Severity::Ticket => format!("sum_over_time({counts}[{window}])"),
    };
    Alert {
        name: "LongshoreRequestsThrottled",
        expr: format!("{}\n/\n{} > {share}", count(THROTTLED), count(REQUESTS)),
        hold,
        keep: minutes(15),
        severity,
        labels: vec![("long_window", window.clone())],
        summary: "SQS throttles requests for queue {{ $labels.queue }}.".to_owned(),
        description: format!(
            "In the last {window}, SQS throttled {{{{ $value | humanizePercentage }}}} of the requests \
             of job {{{{ $labels.job }}}} for queue {{{{ $labels.queue }}}}. The worker sends these \
             requests again, so messages are late and the requests cost money."
        ),
        dashboard: DashboardId::Queue,
    }
}

/// Most of what a worker processes is processed again.
fn not_deleted(scale: Scale) -> Alert {
    let window = scale.text(minutes(5));
    let increase = |series: &str| format!("sum by ({BY_WORKER}) (increase({series}[{window}]))");
    let processed = increase("longshore_processing_duration_seconds_count{outcome=\"done\"}");
    let deleted = increase("longshore_messages_total{result=\"deleted\"}");
    Alert {
        name: "LongshoreMessagesNotDeleted",
        expr: format!(
            "count by ({BY_QUEUE}) (
  {processed} >= {FEWEST_PROCESSED}
  and
  {deleted}
    < {DELETED_SHARE} * {processed}
)"
        ),
        hold: minutes(3),
        keep: minutes(5),
        severity: Severity::Page,
        labels: vec![],
        summary: "Messages of queue {{ $labels.queue }} are processed but not deleted.".to_owned(),
        description: format!(
            "In the last {window}, {{{{ $value }}}} worker(s) of queue {{{{ $labels.queue }}}} of job \
             {{{{ $labels.job }}}} deleted less than half of the messages that their handlers \
             processed. SQS redelivers the others, and they are processed again."
        ),
        dashboard: DashboardId::Queue,
    }
}

fn abandoned(scale: Scale) -> Alert {
    let window = scale.text(minutes(60));
    Alert {
        name: "LongshoreMessagesAbandoned",
        expr: any_over(ABANDONED, BY_QUEUE, &window),
        hold: minutes(1),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![],
        summary: "Messages of queue {{ $labels.queue }} were neither deleted nor released."
            .to_owned(),
        description: format!(
            "In the last {window}, workers of queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} \
             abandoned about {{{{ printf \"%.0f\" $value }}}} message(s): SQS did not accept the delete \
             or the release before the lease ended, or the worker stopped first. SQS redelivers these \
             messages, also those that were processed."
        ),
        dashboard: DashboardId::Queue,
    }
}

fn not_moved(scale: Scale) -> Alert {
    let window = scale.text(minutes(60));
    Alert {
        name: "LongshoreRejectsNotMoved",
        expr: any_over(NOT_MOVED, BY_QUEUE, &window),
        hold: minutes(1),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![],
        summary:
            "Rejected messages of queue {{ $labels.queue }} are not moved to its dead-letter queue."
                .to_owned(),
        description: format!(
            "In the last {window}, workers of queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} \
             could not move about {{{{ printf \"%.0f\" $value }}}} rejected message(s) to the \
             dead-letter queue. The messages stay in the queue until its redrive policy moves them. The \
             log line \"rejected message not moved\" has the error and advice."
        ),
        dashboard: DashboardId::Queue,
    }
}
