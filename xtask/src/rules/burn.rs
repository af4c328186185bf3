//! The burn rate of each error budget, its remaining share, and the alerts on them.

use super::counts::{BAD_EVENTS, EVENTS, over};
use super::group::{Alert, BY_SLO, DashboardId, Rule, record};
use super::scale::{Scale, minutes};
use super::settings::{MIN_BAD_EVENTS, OBJECTIVE};
use longshore::slo::windows::{Burn, POLLING, RELIABILITY, windows};

/// The matcher of the SLOs that users notice. Polling has its own alert, because it is about cost.
pub const USER_FACING_SLOS: &str = r#"slo=~"delivery|freshness|latency""#;

/// Events of 5 minutes, recorded every 5 minutes, so that a sum counts each event once.
const BUDGET_EVENTS: &str = "job_queue_slo:longshore_budget_events:increase5m";
/// The bad ones of them.
pub(super) const BUDGET_BAD_EVENTS: &str = "job_queue_slo:longshore_budget_bad_events:increase5m";

/// The bad events that the objectives allow in 30 days.
const ALLOWED: &str = "job_queue_slo:longshore_budget_allowed:events30d";

/// The name of the burn rate over a window.
pub(super) fn burn_rate(window: &str) -> String {
    format!("job_queue_slo:longshore_slo_burn_rate:ratio_rate{window}")
}

/// The events, the bad events, their ratio and the burn rate over every window. The alerts also read
/// the number of bad events, because a few events can make a high ratio.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    let mut rules = Vec::new();
    for window in windows(RELIABILITY.iter().chain(POLLING)) {
        let name = window.name;
        let (events, bad) = (counted("events", name), counted("bad_events", name));
        if events != EVENTS {
            let length = scale.text(window.length);
            rules.push(record(&events, over(EVENTS, BY_SLO, &length)));
            rules.push(record(&bad, over(BAD_EVENTS, BY_SLO, &length)));
        }
        let errors = format!("job_queue_slo:longshore_slo_errors:ratio_rate{name}");
        rules.push(record(&errors, format!("{bad}\n/\n({events} > 0)")));
        rules.push(record(burn_rate(name), format!("{errors}\n/\n(1 - {OBJECTIVE} > 0)")));
    }
    rules
}

fn counted(what: &str, window: &str) -> String {
    format!("job_queue_slo:longshore_slo_{what}:increase{window}")
}

/// One alert for each pair of windows.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    RELIABILITY.iter().map(|burn| Rule::Alert(alert(burn, scale))).collect()
}

fn alert(burn: &Burn, scale: Scale) -> Alert {
    let Burn { factor, long, short, .. } = burn;
    let (long_rate, short_rate) = (burn_rate(long.name), burn_rate(short.name));
    let (over, still) = (scale.text(long.length), scale.text(short.length));
    Alert {
        name: "LongshoreErrorBudgetBurn",
        expr: format!(
            "{long_rate}{{{USER_FACING_SLOS}}} > {factor}
and
{short_rate}{{{USER_FACING_SLOS}}} > {factor}
and
round({}) >= {MIN_BAD_EVENTS}",
            counted("bad_events", long.name)
        ),
        hold: burn.hold,
        keep: burn.keep,
        severity: burn.severity,
        labels: vec![("long_window", over.clone()), ("short_window", still.clone())],
        summary: "Queue {{ $labels.queue }} burns its {{ $labels.slo }} error budget too fast."
            .to_owned(),
        description: format!(
            "Over the last {over}, queue {{{{ $labels.queue }}}} of job {{{{ $labels.job }}}} burned its \
             30-day {{{{ $labels.slo }}}} error budget at {{{{ $value | humanize }}}} times the sustainable \
             rate. It continues: over the last {still}, the burn rate is above {factor}."
        ),
        dashboard: DashboardId::Queue,
    }
}

/// The remaining share of the 30-day budget. If Prometheus keeps less than 30 days, it covers what
/// Prometheus keeps. A budget has at least the number of bad events from which alerts fire, because
/// the first bad event of a quiet queue would overspend it otherwise.
pub(super) fn budget_left(scale: Scale) -> Vec<Rule> {
    let period = scale.text(30 * minutes(24 * 60));
    vec![
        record(BUDGET_EVENTS, EVENTS),
        record(BUDGET_BAD_EVENTS, BAD_EVENTS),
        record(
            ALLOWED,
            format!("(sum_over_time({BUDGET_EVENTS}[{period}]) > 0)\n* (1 - {OBJECTIVE} > 0)"),
        ),
        record(
            "job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d",
            format!(
                "1 - sum_over_time({BUDGET_BAD_EVENTS}[{period}]) / (
  {ALLOWED} > {MIN_BAD_EVENTS}
  or
  {MIN_BAD_EVENTS}
  or
  {ALLOWED}
)
and
{ALLOWED}"
            ),
        ),
    ]
}
