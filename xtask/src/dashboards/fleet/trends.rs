//! The graphs of the fleet: empty receives, cost, error budgets and traffic of each queue.

use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{QUEUE_LEGEND, series};
use crate::dashboards::shared_panels;
use crate::dashboards::style::Threshold;
use crate::rules::BY_QUEUE;

pub(super) fn empty_receives() -> Section {
    section(
        "Empty receives: billed like full ones",
        vec![empty_receives_per_queue(), total_empty_receives(), empty_receives_per_month()],
    )
}

fn empty_receives_per_queue() -> Panel {
    let description = Description {
        shows: "Receives that brought no message, a second, for each queue.",
        good: "at most 0.05 for each poller: one in 20 seconds. It falls when traffic comes.",
        otherwise: "hundreds a second are short polling. Open the queue: its configured wait is not 20 s, or \
                    something cuts its polls off.",
    };
    Panel::new(PanelKind::Lines, "Empty receives, each queue", description)
        .width(10)
        .unit("reqps")
        .query(series(
            QUEUE_LEGEND,
            format!(
                "sum by ({BY_QUEUE}) (
  {}
)",
                metric("longshore_receive_duration_seconds_count").with("outcome", "empty").rate()
            ),
        ))
}

fn total_empty_receives() -> Panel {
    let description = Description {
        shows: "The same of all queues together, and the fewest that there can be: had each waited its 20 seconds.",
        good: "both lines are one.",
        otherwise: "what lies between them is paid for nothing.",
    };
    shared_panels::empty_receives("Empty receives, all queues", description).width(10)
}

fn empty_receives_per_month() -> Panel {
    let description = Description {
        shows: "Empty receives in 30 days, at the present pace. SQS bills each like one that brings ten messages.",
        good: "130 thousand for each poller that idles.",
        otherwise: "a million costs $0.40 at list price. Billions have gone unseen for years.",
    };
    Panel::new(PanelKind::StatWithGraph, "Empty receives a month", description)
        .width(4)
        .height(8)
        .unit("short")
        .query(series(
            "in 30 days",
            format!(
                "2592000 * sum(
  {}
)",
                metric("longshore_receive_duration_seconds_count").with("outcome", "empty").rate()
            ),
        ))
}

pub(super) fn cost() -> Section {
    section("Money", vec![waste_per_queue(), total_spend_and_waste(), message_cost_per_queue()])
}

fn waste_per_queue() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days for avoidable empty receives, for each queue.",
        good: "near $0, and below the queue's waste budget.",
        otherwise: "runbook LongshorePollingWaste: most often `wait` is short.",
    };
    Panel::new(PanelKind::Lines, "Wasted a month, each queue", description)
        .unit("currencyUSD")
        .no_value("no rules")
        .query(series(QUEUE_LEGEND, metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m")))
}

fn total_spend_and_waste() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days of all queues: all requests, those in vain, and what may be in vain.",
        good: "the waste lies far below its budget.",
        otherwise: "the panel on the left says which queue.",
    };
    shared_panels::spend_and_waste("Spend and waste a month, all queues", description)
}

fn message_cost_per_queue() -> Panel {
    let description = Description {
        shows: "Dollars for a million deleted messages, for each queue, idle long polls not counted, and the \
                strictest objective. Ten messages to a request cost $0.08, one to a request $0.80.",
        good: "below the objective.",
        otherwise: "runbook LongshoreMessageCostHigh.",
    };
    Panel::new(PanelKind::Lines, "A million messages, each queue", description)
        .unit("currencyUSD")
        .no_value("no messages")
        .query(series(
            QUEUE_LEGEND,
            format!("1e6 * {}", metric("job_queue:longshore_message_cost:usd_rate30m")),
        ))
        .query(
            series(
                "objective",
                format!("1e6 * min({})", metric("job_queue:longshore_message_cost_objective:usd")),
            )
            .dashed(),
        )
}

pub(super) fn error_budgets() -> Section {
    section("Error budgets", vec![budget_left_per_queue(), burn_rate_per_queue()])
}

fn budget_left_per_queue() -> Panel {
    let description = Description {
        shows: "What is left of the 30-day error budget, of the SLO of each queue that has least: delivery, latency \
                or freshness. Polling is judged in dollars, above.",
        good: "above 0 %. It falls with each bad event and comes back as they grow old.",
        otherwise: "below 0 % the objective is missed: open the queue. Lower than -100 % is not drawn.",
    };
    Panel::new(PanelKind::Lines, "Budget left, each queue's worst SLO", description)
        .width(12)
        .unit("percentunit")
        .threshold(Threshold::BadBelow(0.0))
        .no_value("no events")
        .query(series(
            QUEUE_LEGEND,
            format!(
                "clamp_min(
  min by ({BY_QUEUE}) ({}),
  -1
)",
                metric("job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d")
                    .user_facing()
            ),
        ))
}

fn burn_rate_per_queue() -> Panel {
    let description = Description {
        shows: "How fast the budget burns over an hour, of the SLO of each queue that burns fastest: delivery, \
                latency or freshness. At 1 it lasts exactly 30 days.",
        good: "below 1.",
        otherwise: "14.4 for an hour wakes somebody. Open the queue to see which SLO it is.",
    };
    Panel::new(PanelKind::Lines, "Burn, each queue's worst SLO", description)
        .width(12)
        .unit("short")
        .log_scale()
        .threshold(Threshold::BadFrom(1.0))
        .no_value("no events")
        .query(series(
            QUEUE_LEGEND,
            format!(
                "max by ({BY_QUEUE}) ({})",
                metric("job_queue_slo:longshore_slo_burn_rate:ratio_rate1h").user_facing()
            ),
        ))
}

pub(super) fn traffic() -> Section {
    section("Traffic", vec![messages_per_queue(), failures_per_queue(), backlog_per_queue()])
}

fn messages_per_queue() -> Panel {
    let description = Description {
        shows: "Messages that were handled and deleted, a second, for each queue.",
        good: "what you expect of the hour.",
        otherwise: "a queue at zero while its backlog grows does not work.",
    };
    Panel::new(PanelKind::Lines, "Messages, each queue", description).unit("mps").query(series(
        QUEUE_LEGEND,
        format!(
            "sum by ({BY_QUEUE}) ({})",
            metric("longshore_messages_total").with("result", "deleted").rate()
        ),
    ))
}

fn failures_per_queue() -> Panel {
    let description = Description {
        shows: "Messages that their handler failed, a second, for each queue. Most will be tried again.",
        good: "near zero.",
        otherwise: "the log of the worker names each; the queue's dashboard says how they fail.",
    };
    Panel::new(PanelKind::Lines, "Failures, each queue", description).unit("mps").query(series(
        QUEUE_LEGEND,
        format!("sum by ({BY_QUEUE}) ({})", metric("longshore_handler_errors_total").rate()),
    ))
}

fn backlog_per_queue() -> Panel {
    let description = Description {
        shows: "Messages that wait in each queue, as SQS last told.",
        good: "it goes back to zero between bursts.",
        otherwise: "if it only rises, there are too few workers or slots.",
    };
    Panel::new(PanelKind::Lines, "Backlog, each queue", description).unit("short").query(series(
        QUEUE_LEGEND,
        format!(
            "max by ({BY_QUEUE}) ({})",
            metric("longshore_backlog_messages").with("state", "visible")
        ),
    ))
}
