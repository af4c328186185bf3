//! Alerts about workers that stall, abort messages, vanish, or lose leases. They read only metrics
//! that workers export.

use super::counts::{any_over, increase, over};
use super::group::{Alert, BY_QUEUE, DashboardId, Rule};
use super::scale::{Scale, minutes};
use super::settings::MIN_BAD_EVENTS;
use longshore::slo::windows::Severity;

/// Messages whose handlers a shutdown interrupted.
const ABORTED: &str = "job_queue:longshore_aborted_messages:increase5m";
/// Messages whose visibility timeout ended while they were processed.
const LEASES_LOST: &str = "job_queue:longshore_lost_leases:increase5m";

/// Counts over 5 minutes.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    let lost = r#"longshore_messages_total{result="lease_lost"}"#;
    vec![
        increase(ABORTED, BY_QUEUE, "longshore_messages_aborted_total", scale),
        increase(LEASES_LOST, BY_QUEUE, lost, scale),
    ]
}

/// One alert for each problem.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    [breaker_open(scale), stalled(scale), aborted(scale), vanished(scale), leases_lost(scale)]
        .into_iter()
        .map(Rule::Alert)
        .collect()
}

/// A long poll of an empty queue succeeds every 20 s. A worker without a free slot does not
/// receive, and that is not a problem.
fn stalled(scale: Scale) -> Alert {
    let window = scale.text(minutes(5));
    Alert {
        name: "LongshorePollersStalled",
        expr: format!(
            "sum by ({BY_QUEUE}) (
  rate(longshore_receive_duration_seconds_count{{outcome=~\"full|partial|empty\"}}[{window}])
) == 0
and
sum by ({BY_QUEUE}) (longshore_pollers) > 0
and
sum by ({BY_QUEUE}) (longshore_messages_in_flight)
  < sum by ({BY_QUEUE}) (longshore_configured_concurrency)"
        ),
        hold: minutes(5),
        keep: minutes(5),
        severity: Severity::Page,
        labels: vec![],
        summary: "Queue {{ $labels.queue }} is not being polled.".to_owned(),
        description: format!(
            "For {}, no receive from queue {{{{ $labels.queue }}}} by job {{{{ $labels.job }}}} has \
             succeeded, although its poll loops run and have free slots. A receive from an idle queue \
             succeeds every 20 seconds.",
            scale.text(minutes(10))
        ),
        dashboard: DashboardId::Queue,
    }
}

/// A breaker that closes from time to time has an application that mostly fails: the share of the
/// time counts.
fn breaker_open(scale: Scale) -> Alert {
    let window = scale.text(minutes(5));
    Alert {
        name: "LongshoreCircuitBreakerOpen",
        expr: format!(
            "max by ({BY_QUEUE}) (
  avg_over_time(longshore_breaker_state{{state=\"open\"}}[{window}])
) > 0.5"
        ),
        hold: minutes(2),
        keep: minutes(5),
        severity: Severity::Page,
        labels: vec![],
        summary: "Polling of queue {{ $labels.queue }} is paused by the circuit breaker."
            .to_owned(),
        description: format!(
            "In the last {window}, a worker of queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} \
             did not receive messages for most of the time. The application that processes them is \
             unreachable or fails, S3 does not return the payloads of its messages, or the machine of \
             the worker lacks a resource. The log line \"circuit breaker is open\" has the reason."
        ),
        dashboard: DashboardId::Queue,
    }
}

fn aborted(scale: Scale) -> Alert {
    let window = scale.text(minutes(60));
    Alert {
        name: "LongshoreMessagesAborted",
        expr: any_over(ABORTED, BY_QUEUE, &window),
        hold: minutes(1),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![],
        summary: "A shutdown aborted handlers of queue {{ $labels.queue }}.".to_owned(),
        description: format!(
            "In the last {window}, shutdowns aborted the handlers of about {{{{ printf \"%.0f\" $value }}}} \
             message(s) of queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}}, because \
             shutdown.grace was over. SQS redelivers these messages, and they are processed again from \
             the start."
        ),
        dashboard: DashboardId::Shutdown,
    }
}

/// In its last scrape, a worker that drained has no message in flight. The series of a worker is
/// missing from the first scrape that fails, so the hold is longer than two scrapes of a minute.
fn vanished(scale: Scale) -> Alert {
    let window = scale.text(minutes(10));
    Alert {
        name: "LongshoreVanishedWithMessages",
        expr: format!(
            "sum by ({BY_QUEUE}) (
  last_over_time(longshore_messages_in_flight[{window}])
  unless
  longshore_messages_in_flight
) > 0"
        ),
        hold: minutes(2),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![],
        summary: "A worker of queue {{ $labels.queue }} vanished with messages in flight."
            .to_owned(),
        description: format!(
            "In the last {window}, workers of queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} \
             disappeared with {{{{ printf \"%.0f\" $value }}}} message(s) in flight. They were killed, \
             ran out of memory, or became unreachable. The messages stay hidden until their visibility \
             timeout."
        ),
        dashboard: DashboardId::Shutdown,
    }
}

/// Fires from the number of bad events from which the delivery SLO alerts. Fewer can be an
/// accident.
fn leases_lost(scale: Scale) -> Alert {
    let window = scale.text(minutes(60));
    Alert {
        name: "LongshoreLeasesLost",
        expr: format!(
            "round({})
>=
max by ({BY_QUEUE}) ({MIN_BAD_EVENTS}{{slo=\"delivery\"}})",
            over(LEASES_LOST, BY_QUEUE, &window)
        ),
        hold: minutes(5),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![],
        summary: "SQS redelivers messages of queue {{ $labels.queue }} while they are processed."
            .to_owned(),
        description: format!(
            "In the last {window}, the visibility timeout of about {{{{ printf \"%.0f\" $value }}}} messages \
             of queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} ended before their handlers did. \
             Another consumer can process these messages at the same time."
        ),
        dashboard: DashboardId::Queue,
    }
}
