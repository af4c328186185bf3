//! Alerts about messages that do not get on: handlers that hang, a backlog that grows, messages
//! that are nearly expired, and the limit of messages in flight.

use super::calls::{CALLS, SECONDS};
use super::group::{Alert, BY_QUEUE, BY_WORKER, DashboardId, Rule, record};
use super::scale::{Scale, minutes};
use longshore::slo::thresholds::{AGING, LONG_WAIT, NEAR_EXPIRY, NEAR_IN_FLIGHT_LIMIT};
use longshore::slo::windows::Severity;

const HANGS_AFTER: &str = "job_queue:longshore_handler_hangs_after:seconds";
const BACKLOG: &str = "job_queue:longshore_backlog:messages";
const AGE: &str = "job_queue:longshore_oldest_message:seconds";
const DELETED: &str = "job_queue:longshore_deleted_messages:rate5m";

/// The age at which a handler hangs, and what waits in the queue.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    let window = scale.text(minutes(5));
    vec![
        record(
            DELETED,
            format!(
                "sum by ({BY_QUEUE}) (rate(longshore_messages_total{{result=\"deleted\"}}[{window}]))"
            ),
        ),
        record(HANGS_AFTER, hangs_after(scale)),
        record(
            BACKLOG,
            format!("max by ({BY_QUEUE}) (longshore_backlog_messages{{state=\"visible\"}})"),
        ),
        record(
            AGE,
            format!(
                "min by ({BY_QUEUE}) (min_over_time(longshore_oldest_received_message_seconds[{window}]))"
            ),
        ),
    ]
}

/// 10 times the mean duration of the last day, and at least 5 minutes. Without a call in a day, an
/// hour, because a queue can have handlers that take long.
fn hangs_after(scale: Scale) -> String {
    let day = scale.text(minutes(24 * 60));
    let (least, unknown) = (minutes(5).as_secs(), minutes(60).as_secs());
    format!(
        "clamp_min(
  10 * sum_over_time({SECONDS}[{day}]) / (sum_over_time({CALLS}[{day}]) > 0),
  {least}
)
or
max by ({BY_QUEUE}) (longshore_oldest_in_flight_seconds) * 0 + {unknown}"
    )
}

/// One alert for each problem and severity.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    [
        blocked(scale, Severity::Page),
        blocked(scale, Severity::Ticket),
        near_expiry(scale),
        growing(scale),
        aging(scale),
        near_limit(),
    ]
    .into_iter()
    .map(Rule::Alert)
    .collect()
}

/// Workers without a free slot that settled no message, and whose oldest message hangs.
fn blocked_workers(window: &str) -> String {
    format!(
        "count by ({BY_QUEUE}) (
  (longshore_slots == 0)
  and on ({BY_WORKER})
  sum by ({BY_WORKER}) (rate(longshore_messages_total[{window}])) == 0
  and on ({BY_WORKER})
  longshore_oldest_in_flight_seconds > on ({BY_QUEUE}) group_left () {HANGS_AFTER}
)"
    )
}

fn blocked(scale: Scale, severity: Severity) -> Alert {
    let window = scale.text(minutes(5));
    let blocked = blocked_workers(&window);
    let (expr, workers) = match severity {
        Severity::Page => {
            (format!("{blocked}\n>= 0.5 * count by ({BY_QUEUE}) (longshore_slots)"), "most")
        }
        Severity::Ticket => (blocked, "any"),
    };
    Alert {
        name: "LongshoreSlotsBlocked",
        expr,
        hold: minutes(1),
        keep: minutes(5),
        severity,
        labels: vec![("workers", workers.to_owned())],
        summary: "Handlers of queue {{ $labels.queue }} hang, and no slot is free.".to_owned(),
        description: format!(
            "For {window}, {{{{ $value }}}} worker(s) of queue {{{{ $labels.queue }}}} of job \
             {{{{ $labels.job }}}} have settled no message and have no free slot. Their oldest message \
             is more than 10 times older than a call usually takes."
        ),
        dashboard: DashboardId::Queue,
    }
}

/// Half of the time that SQS keeps a message is over before a worker receives it.
fn near_expiry(scale: Scale) -> Alert {
    let window = scale.text(minutes(30));
    Alert {
        name: "LongshoreBacklogGrowing",
        expr: format!(
            "min_over_time({AGE}[{window}])
  / max by ({BY_QUEUE}) (longshore_queue_attribute{{attribute=\"retention_seconds\"}}) > {NEAR_EXPIRY}"
        ),
        hold: minutes(5),
        keep: minutes(15),
        severity: Severity::Page,
        labels: vec![("cause", "expiry".to_owned())],
        summary: "Messages of queue {{ $labels.queue }} expire before they are processed."
            .to_owned(),
        description: format!(
            "For {window}, each receive from queue {{{{ $labels.queue }}}} by job {{{{ $labels.job }}}} \
             had a message that waited for more than half of the queue's retention, now \
             {{{{ $value | humanizePercentage }}}}. SQS deletes messages at the end of the retention."
        ),
        dashboard: DashboardId::Queue,
    }
}

/// A backlog of more than half an hour of work that has grown for an hour. The step that a batch of
/// messages makes does not last: the backlog shrinks after it.
fn growing(scale: Scale) -> Alert {
    let window = scale.text(minutes(30));
    Alert {
        name: "LongshoreBacklogGrowing",
        expr: format!(
            "{BACKLOG}
  > {} * avg_over_time({DELETED}[{window}])
and
deriv({BACKLOG}[{window}]) > 0
and
{BACKLOG} >= 100",
            minutes(30).as_secs()
        ),
        hold: minutes(30),
        keep: minutes(30),
        severity: Severity::Ticket,
        labels: vec![("cause", "growth".to_owned())],
        summary: "The backlog of queue {{ $labels.queue }} grows.".to_owned(),
        description: format!(
            "For an hour, the backlog of queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} has \
             grown, now to {{{{ printf \"%.0f\" $value }}}} messages. At the rate of the last {window}, \
             the workers need more than half an hour for it."
        ),
        dashboard: DashboardId::Queue,
    }
}

/// The oldest message gets older although the workers receive. This also works if the backlog is not
/// known. While workers process a batch that was sent at once, its messages get older too, but the
/// backlog shrinks.
fn aging(scale: Scale) -> Alert {
    let window = scale.text(minutes(30));
    Alert {
        name: "LongshoreBacklogGrowing",
        expr: format!(
            "{AGE} > {}\nand\nderiv({AGE}[{window}]) > {AGING}\nunless\nderiv({BACKLOG}[{window}]) < 0",
            LONG_WAIT.as_secs()
        ),
        hold: minutes(15),
        keep: minutes(30),
        severity: Severity::Ticket,
        labels: vec![("cause", "age".to_owned())],
        summary: "Messages of queue {{ $labels.queue }} wait longer and longer.".to_owned(),
        description: format!(
            "Over the last {window}, the messages that job {{{{ $labels.job }}}} receives from queue \
             {{{{ $labels.queue }}}} have become older. The oldest message of each receive now waits \
             for at least {{{{ $value | humanizeDuration }}}}."
        ),
        dashboard: DashboardId::Queue,
    }
}

fn near_limit() -> Alert {
    Alert {
        name: "LongshoreInFlightLimitNear",
        expr: format!(
            "max by ({BY_QUEUE}) (longshore_backlog_messages{{state=\"in_flight\"}}) > {NEAR_IN_FLIGHT_LIMIT}"
        ),
        hold: minutes(5),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![],
        summary: "Queue {{ $labels.queue }} nears the limit of messages in flight.".to_owned(),
        description:
            "{{ printf \"%.0f\" $value }} messages of queue {{ $labels.queue }} are in flight, of all \
             its consumers. SQS allows 120000. At the limit it returns no messages, or the error \
             OverLimit."
                .to_owned(),
        dashboard: DashboardId::Queue,
    }
}
