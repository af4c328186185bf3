//! The burn rate of each error budget, its remaining share, and the alerts on them.

use super::group::{Alert, BY_SLO, DashboardId, Rule, record};
use super::scale::{Scale, minutes};
use super::settings::remembered;
use longshore::slo::windows::{Burn, POLLING, RELIABILITY, windows};

/// The matcher of the SLOs that users notice. Polling has its own alert, because it is about cost.
pub const USER_FACING_SLOS: &str = r#"slo=~"delivery|freshness|latency""#;

/// Bad events, each counted once in a sum over a longer window.
pub(super) const BAD_EVENTS: &str = "job_queue_slo:longshore_slo_bad_events:increase5m";

/// The name of the burn rate over a window.
pub(super) fn burn_rate(window: &str) -> String {
    format!("job_queue_slo:longshore_slo_burn_rate:ratio_rate{window}")
}

/// The ratio of bad events and the burn rate over every window, and the number of bad events over
/// the long windows. The alerts need this number, because a few events can make a high ratio.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    let mut rules = Vec::new();
    for window in windows(RELIABILITY.iter().chain(POLLING)) {
        let (name, length) = (window.name, scale.text(window.length));
        let errors = format!("job_queue_slo:longshore_slo_errors:ratio_rate{name}");
        rules.push(record(&errors, ratio(&length)));
        rules.push(record(
            burn_rate(name),
            format!("{errors}\n/\n(1 - job_queue_slo:longshore_slo_objective:ratio > 0)"),
        ));
    }
    for Burn { long, .. } in RELIABILITY {
        rules.push(record(
            bad_events(long.name),
            format!(
                "sum by ({BY_SLO}) (increase(longshore_slo_events_total{{result=\"bad\"}}[{}]))",
                scale.text(long.length)
            ),
        ));
    }
    rules
}

fn bad_events(window: &str) -> String {
    format!("job_queue_slo:longshore_slo_bad_events:increase{window}")
}

/// The ratio of the sums, so that a busy worker counts more than a quiet one. Without events there
/// is no value.
fn ratio(length: &str) -> String {
    format!(
        "sum by ({BY_SLO}) (rate(longshore_slo_events_total{{result=\"bad\"}}[{length}]))
/
(sum by ({BY_SLO}) (rate(longshore_slo_events_total[{length}])) > 0)"
    )
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
{} >= job_queue_slo:longshore_slo_min_bad_events:count",
            bad_events(long.name)
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
/// Prometheus keeps. Increases over five minutes, taken every five minutes, count each event once,
/// even if its worker lived only briefly.
pub(super) fn budget_left(scale: Scale) -> Vec<Rule> {
    let (step, period) = (scale.text(minutes(5)), scale.text(30 * minutes(24 * 60)));
    let increase = |matcher: &str| {
        format!("sum by ({BY_SLO}) (increase(longshore_slo_events_total{matcher}[{step}]))")
    };
    let objective = remembered(BY_SLO, "longshore_slo_objective_ratio", scale);
    vec![
        record("job_queue_slo:longshore_slo_events:increase5m", increase("")),
        record(BAD_EVENTS, increase(r#"{result="bad"}"#)),
        record(
            "job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d",
            format!(
                "1 - (
  sum_over_time({BAD_EVENTS}[{period}])
  /
  (sum_over_time(job_queue_slo:longshore_slo_events:increase5m[{period}]) > 0)
  /
  (1 - ({}) > 0)
)",
                objective.replace('\n', " ")
            ),
        ),
    ]
}
