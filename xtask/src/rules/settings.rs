//! One value for each objective, budget and price, and the alerts if a value is missing or if
//! workers disagree. The values are kept for an hour after the last worker stops.

use super::group::{Alert, BY_QUEUE, BY_SLO, DashboardId, Rule, record};
use super::scale::{Scale, minutes};
use longshore::slo::windows::Severity;

/// How long a value is kept after the last worker stops. An alert about a crashed fleet needs it.
const KEPT_FOR: std::time::Duration = minutes(60);

/// The strictest objective.
pub(super) const OBJECTIVE: &str = "job_queue_slo:longshore_slo_objective:ratio";
/// The number of bad events from which alerts fire.
pub(super) const MIN_BAD_EVENTS: &str = "job_queue_slo:longshore_slo_min_bad_events:count";
/// Dollars per request.
pub(super) const PRICE: &str = "job_queue:longshore_request_price:usd";
/// The longest wait of a receive that SQS supports.
pub(super) const REFERENCE: &str = "job_queue:longshore_long_poll_reference:seconds";
/// Dollars in 30 days that a queue may waste.
pub(super) const WASTE_BUDGET: &str = "job_queue:longshore_waste_budget:usd_per_30d";
/// Dollars that a message may cost.
pub(super) const COST_OBJECTIVE: &str = "job_queue:longshore_message_cost_objective:usd";

/// Two series for each setting: the highest value of the workers that run, and the last value.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    [
        (OBJECTIVE, BY_SLO, "longshore_slo_objective_ratio"),
        (MIN_BAD_EVENTS, BY_SLO, "longshore_slo_min_bad_events"),
        (PRICE, BY_QUEUE, "longshore_request_price_usd"),
        (REFERENCE, BY_QUEUE, "longshore_long_poll_reference_seconds"),
        (WASTE_BUDGET, BY_QUEUE, "longshore_waste_budget_usd"),
        (COST_OBJECTIVE, BY_QUEUE, "longshore_message_cost_objective_usd"),
    ]
    .into_iter()
    .flat_map(|(name, by, metric)| remembered(name, by, metric, scale))
    .collect()
}

/// The name of a setting's highest value over the workers that run now.
pub(super) fn of_running(setting: &str) -> String {
    format!("{setting}_of_running")
}

/// The last value is read from the recorded series, because there is one for each queue, and one
/// for each worker of the metric.
fn remembered(name: &str, by: &str, metric: &str, scale: Scale) -> [Rule; 2] {
    let (kept, running) = (scale.text(KEPT_FOR), of_running(name));
    [
        record(&running, format!("max by ({by}) ({metric})")),
        record(name, format!("last_over_time({running}[{kept}])")),
    ]
}

/// Without its settings, an alert cannot fire. If workers disagree, it can use the wrong objective.
pub(super) fn alerts(scale: Scale) -> Vec<Rule> {
    let no_objective = format!(
        "group by ({BY_SLO}) (longshore_slo_events_total)
unless
(
  (1 - {OBJECTIVE} > 0)
  and
  {MIN_BAD_EVENTS}
)"
    );
    let no_money = format!(
        "group by ({BY_QUEUE}) (longshore_billed_requests_total)
unless
(
  {PRICE}
  and
  ({REFERENCE} > 0)
  and
  {WASTE_BUDGET}
  and
  ({COST_OBJECTIVE} > 0)
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
