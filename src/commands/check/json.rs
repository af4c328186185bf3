//! The report for a machine. Durations are seconds, money is US dollars.

use serde_json::{Value, json};

use super::forecast::{Cost, IdleMonth};
use super::working::{self, COPIES, Working};
use longshore::config::StopBudget;

use crate::settings::{Effective, Loaded};
use longshore::cost::forecast::ROUND_TRIP;

/// The whole report, as one JSON object.
pub(super) fn report(
    loaded: &Loaded,
    months: &[IdleMonth<'_>],
    working: &[Working<'_>],
    budget: &StopBudget,
) -> String {
    let report = json!({
        "effective": loaded.effective.iter().map(value).collect::<Vec<_>>(),
        "idle_month": months.iter().map(idle_month).collect::<Vec<_>>(),
        "working_month": working.iter().map(working_month).collect::<Vec<_>>(),
        "stop": stop(budget),
        "warnings": loaded.warnings,
    });
    format!("{report:#}\n")
}

fn value(effective: &Effective) -> Value {
    let Effective { group, key, value, place } = effective;
    json!({ "group": group, "key": key, "value": value, "source": place.source.to_string() })
}

fn idle_month(IdleMonth { queue, configured, short_polling }: &IdleMonth<'_>) -> Value {
    let cost = |cost: &Cost| json!({ "receives": cost.receives, "usd": cost.usd });
    json!({
        "queue": queue.name,
        "wait": queue.wait.as_secs_f64(),
        "configured": cost(configured),
        "short_polling": cost(short_polling),
        "assumed_round_trip": ROUND_TRIP.as_secs_f64(),
    })
}

fn working_month(working: &Working<'_>) -> Value {
    let cost =
        |cost: &working::Cost| json!({ "requests_per_message": cost.requests, "usd": cost.usd });
    json!({
        "queue": working.queue.name,
        "messages_per_second": working.per_second,
        "configured": cost(&working.configured),
        "without_gather": cost(&working.without_gather),
        "in_copies": cost(&working.in_copies),
        "copies": COPIES,
    })
}

fn stop(budget: &StopBudget) -> Value {
    let terms: serde_json::Map<String, Value> = budget
        .terms
        .iter()
        .map(|term| (term.key.to_owned(), term.time.as_secs_f64().into()))
        .collect();
    json!({
        "polls_end": budget.polls_end.as_secs_f64(),
        "terms": terms,
        "total": budget.total().as_secs_f64(),
        "limit": budget.limit.as_secs_f64(),
        "fits": budget.fits(),
        "complaints": budget.complaints(),
    })
}
