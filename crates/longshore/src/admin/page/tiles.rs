//! The figures of a queue, in groups: failures, work and cost.

use super::figure::Figure;
use crate::format::{self, count, dollars, percent, rate, span, thousands, time};
use crate::report::{QueueReport, WorkReport};
use crate::slo::thresholds::FAILED_CALLS;

/// A figure with its name, and what to compare it with.
#[derive(Debug)]
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) figure: Figure,
    pub(super) note: String,
    /// The figure is a problem.
    pub(super) bad: bool,
}

fn plain(name: &'static str, figure: Figure, note: impl Into<String>) -> Tile {
    Tile { name, figure, note: note.into(), bad: false }
}

fn seconds(seconds: f64) -> String {
    if seconds < 1.0 { "below 1 s".to_owned() } else { time(seconds) }
}

/// What shows that messages fail, are lost or wait.
pub(super) fn failures(index: usize, work: &WorkReport) -> Vec<Tile> {
    let at = |key: &str| format!("/queues/{index}/work/{key}");
    let calls = format!(
        "{} of {} in 5 min",
        thousands(work.failed_calls),
        count(work.calls, "handler call")
    );
    let oldest = Figure::new(at("oldest_received_seconds"), work.oldest_received_seconds, seconds);
    let refused = format!(
        "of {} in 5 min; {} throttled",
        thousands(work.requests),
        thousands(work.throttled_requests)
    );
    vec![
        Tile {
            bad: work.failed_call_ratio > Some(FAILED_CALLS.ticket),
            ..plain(
                "Failed calls",
                Figure::new(at("failed_call_ratio"), work.failed_call_ratio, percent).or("no call"),
                calls,
            )
        },
        dead_letters(at("dead_letters"), work),
        plain("Oldest message", oldest, "age at the last receive"),
        Tile {
            bad: work.abandoned > 0,
            ..plain(
                "Abandoned",
                Figure::count(at("abandoned"), work.abandoned),
                "messages in 5 min",
            )
        },
        Tile {
            bad: work.refused_requests > 0,
            ..plain(
                "Refused requests",
                Figure::count(at("refused_requests"), work.refused_requests),
                refused,
            )
        },
    ]
}

fn dead_letters(pointer: String, work: &WorkReport) -> Tile {
    let figure =
        Figure::new(pointer, work.dead_letters.map(|messages| messages as f64), |number| {
            thousands(number as u64)
        });
    let (figure, note) = match (work.dead_letters, work.has_dead_letter_queue) {
        (Some(_), _) => (figure, "messages, as last reported"),
        (None, Some(false)) => (figure.or("none"), "the queue has no dead-letter queue"),
        (None, Some(true) | None) => (figure, "SQS has not reported it"),
    };
    let bad = work.dead_letters > Some(0);
    Tile { bad, ..plain("Dead letters", figure, note) }
}

/// What the worker does.
pub(super) fn work(index: usize, work: &WorkReport) -> Vec<Tile> {
    let at = |key: &str| format!("/queues/{index}/work/{key}");
    let waiting =
        Figure::new(at("waiting"), work.waiting.map(|waiting| waiting as f64), |number| {
            thousands(number as u64)
        });
    let in_flight = match work.held {
        0 if work.in_flight == 0 => "messages".to_owned(),
        0 => "all in handlers".to_owned(),
        held => format!("{held} buffered"),
    };
    vec![
        plain("In flight", Figure::count(at("in_flight"), work.in_flight), in_flight),
        plain("Waiting in the queue", waiting.or("not reported yet"), "as last reported by SQS"),
        plain("Processed", Figure::count(at("deleted"), work.deleted), "since the start"),
        plain(
            "Handler errors",
            Figure::count(at("handler_errors"), work.handler_errors),
            "since the start",
        ),
        plain("Poll loops", Figure::count(at("pollers"), work.pollers), ""),
    ]
}

/// What the requests cost.
pub(super) fn money(index: usize, report: &QueueReport) -> Vec<Tile> {
    let cost = &report.cost;
    let at = |key: &str| format!("/queues/{index}/cost/{key}");
    let waste = cost.projected_waste_per_month_usd;
    let is_waste_bad = waste > Some(cost.waste_budget_per_month_usd);
    let floor = cost
        .long_poll_floor_per_second
        .map_or_else(String::new, |floor| format!("per second; minimum {}", rate(floor)));
    let empty = Figure::new(at("empty_receives_per_second"), cost.empty_receives_per_second, rate);
    let share = Figure::new(at("empty_receive_ratio"), cost.empty_receive_ratio, percent);
    let each = Figure::new(at("per_message_usd"), cost.per_message_usd, |usd| dollars(usd * 1e6));
    let objective = format!("objective {}", dollars(cost.per_message_objective_usd * 1e6));
    let spend = cost.projected_spend_per_month_usd;
    vec![
        plain(
            "Cost per month",
            Figure::dollars(at("projected_spend_per_month_usd"), spend),
            format!("at the rate of the last {}", span(cost.covered_seconds)),
        ),
        Tile {
            bad: is_waste_bad,
            ..plain(
                "Waste per month",
                Figure::dollars(at("projected_waste_per_month_usd"), waste),
                format!("budget {}", format::dollars(cost.waste_budget_per_month_usd)),
            )
        },
        Tile { bad: is_waste_bad, ..plain("Empty receives", empty, floor) },
        plain("Share of empty receives", share.or("no receive yet"), "of all receives"),
        Tile {
            bad: cost.per_message_usd > Some(cost.per_message_objective_usd),
            ..plain("Cost per million messages", each.or("no message yet"), objective)
        },
    ]
}
