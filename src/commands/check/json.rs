//! The report as JSON. Durations are in seconds and costs in US dollars.

use serde_json::{Value, json};

use crate::settings::{Descriptors, Effective, Loaded};
use longshore::config::StopBudget;
use longshore::cost::forecast::ROUND_TRIP;
use longshore::cost::{BusyCost, BusyMonth, IdleCost, IdleMonth};

/// The report, as one JSON object.
pub(super) fn report(
    loaded: &Loaded,
    idle: &[IdleMonth<'_>],
    busy: &[BusyMonth<'_>],
    budget: &StopBudget,
    descriptors: &Descriptors,
) -> String {
    let report = json!({
        "effective": loaded.effective.iter().map(value).collect::<Vec<_>>(),
        "idle_month": idle.iter().map(idle_month).collect::<Vec<_>>(),
        "working_month": busy.iter().map(busy_month).collect::<Vec<_>>(),
        "stop": stop(budget),
        "file_descriptors": file_descriptors(descriptors),
        "warnings": loaded.warnings,
    });
    format!("{report:#}\n")
}

fn value(effective: &Effective) -> Value {
    let Effective { group, key, value, place } = effective;
    json!({ "group": group, "key": key, "value": value, "source": place.source.to_string() })
}

fn idle_month(month: &IdleMonth<'_>) -> Value {
    let IdleMonth { queue, configured, short_polling, attribute_requests, attributes_usd, .. } =
        month;
    let cost = |cost: &IdleCost| json!({ "receives": cost.receives, "usd": cost.usd });
    json!({
        "queue": queue.name(),
        "wait": queue.wait().as_secs_f64(),
        "configured": cost(configured),
        "short_polling": cost(short_polling),
        "attributes": { "requests": attribute_requests, "usd": attributes_usd },
        "assumed_round_trip": ROUND_TRIP.as_secs_f64(),
    })
}

fn busy_month(month: &BusyMonth<'_>) -> Value {
    let cost = |cost: &BusyCost| json!({ "requests_per_message": cost.requests, "usd": cost.usd });
    json!({
        "queue": month.queue.name(),
        "messages_per_second": month.per_second,
        "configured": cost(&month.configured),
        "without_gather": cost(&month.without_gather),
        "in_copies": cost(&month.in_copies),
        "as_fair_queue": month.as_fair_queue.as_ref().map(cost),
        "copies": month.copies,
    })
}

fn file_descriptors(descriptors: &Descriptors) -> Value {
    let terms = descriptors.terms.iter().map(|(what, count)| ((*what).to_owned(), json!(count)));
    let terms: serde_json::Map<String, Value> = terms.collect();
    json!({ "terms": terms, "needed": descriptors.needed(), "limit": descriptors.limit })
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
