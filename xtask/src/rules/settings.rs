//! One value for each objective, budget and price, and the alerts if a value is missing or if
//! workers disagree. The values are kept for an hour after the last worker stops.

use super::group::{Alert, BY_QUEUE, BY_SLO, DashboardId, Rule, record};
use super::scale::{Scale, minutes};
use longshore::slo::windows::Severity;

/// How long a value is kept after the last worker stops. An alert about a crashed fleet needs it.
const KEPT_FOR: std::time::Duration = minutes(60);

/// The highest value of a setting. If no worker runs, the highest recent value.
pub(super) fn remembered(by: &str, metric: &str, scale: Scale) -> String {
    let kept = scale.text(KEPT_FOR);
    format!("max by ({by}) ({metric})\nor\nmax by ({by}) (last_over_time({metric}[{kept}]))")
}

/// One series for each setting.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    let by_slo = [
        ("job_queue_slo:longshore_slo_objective:ratio", "longshore_slo_objective_ratio"),
        ("job_queue_slo:longshore_slo_min_bad_events:count", "longshore_slo_min_bad_events"),
    ];
    let by_queue = [
        ("job_queue:longshore_request_price:usd", "longshore_request_price_usd"),
        (
            "job_queue:longshore_long_poll_reference:seconds",
            "longshore_long_poll_reference_seconds",
        ),
        ("job_queue:longshore_waste_budget:usd_per_30d", "longshore_waste_budget_usd"),
        ("job_queue:longshore_message_cost_objective:usd", "longshore_message_cost_objective_usd"),
    ];
    let by_slo = by_slo.map(|(name, metric)| record(name, remembered(BY_SLO, metric, scale)));
    let by_queue = by_queue.map(|(name, metric)| record(name, remembered(BY_QUEUE, metric, scale)));
    by_slo.into_iter().chain(by_queue).collect()
}

/// Without its settings, an alert cannot fire. If workers disagree, it can use the wrong objective.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    let no_objective = format!(
        "group by ({BY_SLO}) (longshore_slo_events_total)
unless
(
  (1 - job_queue_slo:longshore_slo_objective:ratio > 0)
  and
  job_queue_slo:longshore_slo_min_bad_events:count
)"
    );
    let no_money = format!(
        "group by ({BY_QUEUE}) (longshore_billed_requests_total)
unless
(
  job_queue:longshore_request_price:usd
  and
  (job_queue:longshore_long_poll_reference:seconds > 0)
  and
  job_queue:longshore_waste_budget:usd_per_30d
  and
  (job_queue:longshore_message_cost_objective:usd > 0)
)"
    );
    let missing = [
        missing(no_objective, vec![], "{{ $labels.slo }}"),
        missing(no_money, vec![("slo", "cost".to_owned())], "cost"),
    ];
    missing.into_iter().chain([conflict(scale)]).map(Rule::Alert).collect()
}

fn missing(expr: String, labels: Vec<(&'static str, String)>, slo: &str) -> Alert {
    Alert {
        name: "LongshoreObjectiveMissing",
        expr,
        hold: minutes(15),
        keep: minutes(15),
        severity: Severity::Ticket,
        labels,
        summary: format!(
            "The {slo} objective of queue {{{{ $labels.queue }}}} is missing or invalid."
        ),
        description: format!(
            "Job {{{{ $labels.job }}}} exports events of queue {{{{ $labels.queue }}}}, but a setting of its \
             {slo} SLO is missing or invalid. Until this is fixed, no {slo} alert of this queue can \
             fire."
        ),
        dashboard: DashboardId::Queue,
    }
}

fn conflict(scale: Scale) -> Alert {
    let hold = minutes(60);
    Alert {
        name: "LongshoreObjectiveConflict",
        expr: format!(
            "max by ({BY_SLO}) (longshore_slo_objective_ratio)
>
min by ({BY_SLO}) (longshore_slo_objective_ratio)"
        ),
        hold,
        keep: minutes(15),
        severity: Severity::Ticket,
        labels: vec![],
        summary:
            "Workers of queue {{ $labels.queue }} have different {{ $labels.slo }} objectives."
                .to_owned(),
        description: format!(
            "For {}, workers of job {{{{ $labels.job }}}} have used different {{{{ $labels.slo }}}} objectives \
             for queue {{{{ $labels.queue }}}}. The alerts use the strictest objective, \
             {{{{ $value | humanizePercentage }}}}.",
            scale.text(hold)
        ),
        dashboard: DashboardId::Queue,
    }
}
