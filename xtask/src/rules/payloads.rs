//! The alert about payloads of processed messages that stay in S3.

use super::counts::{increase, over};
use super::group::{Alert, BY_QUEUE, DashboardId, Rule};
use super::scale::{Scale, minutes};
use super::settings::MIN_BAD_EVENTS;
use longshore::slo::thresholds::KEPT_PAYLOADS;
use longshore::slo::windows::Severity;

/// Deletes of payloads that ended.
const DELETES: &str = "job_queue:longshore_payload_deletes:increase5m";
/// The failed ones of them.
const FAILED: &str = "job_queue:longshore_failed_payload_deletes:increase5m";

/// Counts over 5 minutes.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    let failed = r#"longshore_payload_deletes_total{result="failed"}"#;
    vec![
        increase(DELETES, BY_QUEUE, "longshore_payload_deletes_total", scale),
        increase(FAILED, BY_QUEUE, failed, scale),
    ]
}

/// The alert.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    let window = scale.text(minutes(60));
    let (failed, all) = (over(FAILED, BY_QUEUE, &window), over(DELETES, BY_QUEUE, &window));
    let alert = Alert {
        name: "LongshorePayloadsNotDeleted",
        expr: format!(
            "round({failed})
>=
max by ({BY_QUEUE}) ({MIN_BAD_EVENTS}{{slo=\"delivery\"}})
and
{failed}
> {KEPT_PAYLOADS} *
{all}"
        ),
        hold: minutes(5),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![],
        summary: "Payloads of processed messages of queue {{ $labels.queue }} stay in S3."
            .to_owned(),
        description: format!(
            "In the last {window}, about {{{{ printf \"%.0f\" $value }}}} deletes of payloads of queue \
             {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} failed. The objects stay in S3, and cost \
             money until a lifecycle rule deletes them. The log line \"payload not deleted from S3\" has the \
             error."
        ),
        dashboard: DashboardId::Queue,
    };
    vec![Rule::Alert(alert)]
}
