//! Alerts about messages in dead-letter queues: that they are there, and that they expire.

use super::group::{Alert, BY_QUEUE, DashboardId, Rule, record};
use super::scale::{Scale, minutes};
use longshore::slo::thresholds::{DEAD_LETTERS_LEFT, DEAD_LETTERS_LEFT_AT_MOST};
use longshore::slo::windows::Severity;

const DEPTH: &str = "job_queue:longshore_dead_letters:messages";
const RETENTION: &str = "job_queue:longshore_dead_letter_retention:seconds";
/// The last moment at which the dead-letter queue was empty.
const EMPTY: &str = "job_queue:longshore_dead_letters_last_empty:timestamp";

/// The depth, and since when it is not zero. SQS does not tell how old the oldest message is, except
/// to CloudWatch.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    let day = scale.text(minutes(24 * 60));
    vec![
        record(DEPTH, format!("max by ({BY_QUEUE}) (longshore_dead_letter_messages)")),
        record(RETENTION, format!("max by ({BY_QUEUE}) (longshore_dead_letter_retention_seconds)")),
        record(
            EMPTY,
            format!(
                "last_over_time({EMPTY}[{day}]) and {DEPTH} > 0
or
{DEPTH} * 0 + time()"
            ),
        ),
    ]
}

/// One alert for each problem.
pub(super) fn alerts() -> Vec<Rule> {
    vec![Rule::Alert(expiring()), Rule::Alert(present())]
}

/// Little is left of the retention.
fn expiring() -> Alert {
    let most = DEAD_LETTERS_LEFT_AT_MOST.as_secs();
    Alert {
        name: "LongshoreDeadLettersExpire",
        expr: format!(
            "clamp_min({RETENTION} - (time() - {EMPTY}), 0)
< clamp_max({DEAD_LETTERS_LEFT} * {RETENTION}, {most})"
        ),
        hold: minutes(5),
        keep: minutes(30),
        severity: Severity::Page,
        labels: vec![],
        summary: "Messages in the dead-letter queue of queue {{ $labels.queue }} expire.".to_owned(),
        description:
            "The dead-letter queue of queue {{ $labels.queue }} of job {{ $labels.job }} has not been \
             empty for nearly as long as SQS keeps its messages. The oldest one is lost in at most \
             {{ $value | humanizeDuration }}."
                .to_owned(),
        dashboard: DashboardId::Queue,
    }
}

fn present() -> Alert {
    Alert {
        name: "LongshoreDeadLetters",
        expr: format!("{DEPTH} > 0"),
        hold: minutes(5),
        keep: minutes(30),
        severity: Severity::Ticket,
        labels: vec![],
        summary: "Messages wait in the dead-letter queue of queue {{ $labels.queue }}.".to_owned(),
        description:
            "{{ printf \"%.0f\" $value }} message(s) that job {{ $labels.job }} or another consumer did \
             not process are in the dead-letter queue of queue {{ $labels.queue }}. SQS deletes them at \
             the end of its retention."
                .to_owned(),
        dashboard: DashboardId::Queue,
    }
}
