//! Calls of handlers: how many there are, how many fail and how long they run, and the alerts on
//! the share that fails.

use super::counts::{COUNTED, increase};
use super::group::{Alert, BY_QUEUE, DashboardId, Rule};
use super::scale::{Scale, minutes};
use longshore::slo::thresholds::{FAILED_CALLS, FEWEST_CALLS};
use longshore::slo::windows::Severity;

/// Calls that ended in the last 5 minutes.
pub(super) const CALLS: &str = "job_queue:longshore_handler_calls:increase5m";
/// The time that they ran.
pub(super) const SECONDS: &str = "job_queue:longshore_handler_seconds:increase5m";
/// Those of them that failed.
const FAILURES: &str = "job_queue:longshore_handler_failures:increase5m";

/// Fewer calls say nothing about a handler.
const FEWEST: u64 = FEWEST_CALLS * COUNTED;

/// Counts over 5 minutes.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    vec![
        increase(CALLS, BY_QUEUE, "longshore_processing_duration_seconds_count", scale),
        increase(FAILURES, BY_QUEUE, "longshore_handler_errors_total", scale),
        increase(SECONDS, BY_QUEUE, "longshore_processing_duration_seconds_sum", scale),
    ]
}

/// Nearly all calls fail, or a part of them fails for an hour.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    [most(scale), many(scale)].into_iter().map(Rule::Alert).collect()
}

fn most(scale: Scale) -> Alert {
    let (period, short) = (scale.text(minutes(10)), scale.text(minutes(5)));
    Alert {
        name: "LongshoreHandlersFailing",
        expr: format!(
            "{FAILURES} / {CALLS} > {}
and
sum_over_time({CALLS}[{period}]) >= {FEWEST}",
            FAILED_CALLS.page
        ),
        hold: minutes(2),
        keep: minutes(5),
        severity: Severity::Page,
        labels: vec![("long_window", period.clone())],
        summary: "Nearly all handler calls of queue {{ $labels.queue }} fail.".to_owned(),
        description: format!(
            "In the last {short}, more than 80 % of the handler calls for queue {{{{ $labels.queue }}}} of \
             job {{{{ $labels.job }}}} failed, now {{{{ $value | humanizePercentage }}}}. The field \
             `reason` of the log line \"message not processed\" has the reasons."
        ),
        dashboard: DashboardId::Queue,
    }
}

/// The shorter window ends the alert soon after the cause.
fn many(scale: Scale) -> Alert {
    let (long, short) = (scale.text(minutes(60)), scale.text(minutes(15)));
    let share = |window: &str| {
        let share = FAILED_CALLS.ticket;
        format!(
            "sum_over_time({FAILURES}[{window}])\n  / sum_over_time({CALLS}[{window}]) > {share}"
        )
    };
    Alert {
        name: "LongshoreHandlersFailing",
        expr: format!(
            "{}
and
{}
and
sum_over_time({FAILURES}[{long}]) >= {FEWEST}",
            share(&long),
            share(&short)
        ),
        hold: minutes(5),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![("long_window", long.clone())],
        summary: "Many handler calls of queue {{ $labels.queue }} fail.".to_owned(),
        description: format!(
            "In the last {long}, {{{{ $value | humanizePercentage }}}} of the handler calls for queue \
             {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} failed. The field `reason` of the log \
             line \"message not processed\" has the reasons."
        ),
        dashboard: DashboardId::Queue,
    }
}
