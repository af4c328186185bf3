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
        "Empty receives",
        vec![empty_receives_per_queue(), total_empty_receives(), empty_receives_per_month()],
    )
}

fn empty_receives_per_queue() -> Panel {
    let description = Description {
        shows: "Receives per second that returned no message, for each queue.",
        good: "At most 0.05 per poll loop, which is one in 20 seconds. The rate falls when \
            messages arrive.",
        otherwise: "Hundreds per second mean short polling. Open the queue: its configured wait is \
            below 20 s, or something between the worker and SQS ends the long polls early.",
    };
    Panel::new(PanelKind::Lines, "Empty receives by queue", description)
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
        shows: "Empty receives per second of all queues, and the minimum: the number if each \
            receive had waited 20 seconds.",
        good: "Both lines are equal.",
        otherwise: "The difference between the lines is avoidable cost.",
    };
    shared_panels::empty_receives("Empty receives, all queues", description).width(10)
}

fn empty_receives_per_month() -> Panel {
    let description = Description {
        shows: "Empty receives in 30 days, at the current rate. SQS bills an empty receive like a \
            receive with ten messages.",
        good: "About 130 thousand per idle poll loop.",
        otherwise: "One million empty receives cost $0.40 at list price. Find the queue in the \
            graph Empty receives by queue.",
    };
    Panel::new(PanelKind::StatWithGraph, "Empty receives per month", description)
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
    section("Cost", vec![waste_per_queue(), total_spend_and_waste(), message_cost_per_queue()])
}

fn waste_per_queue() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days for avoidable empty receives, for each queue.",
        good: "Near $0, and below the waste budget of the queue.",
        otherwise: "Follow the runbook LongshorePollingWaste. The most frequent cause is a short \
            `wait`.",
    };
    Panel::new(PanelKind::Lines, "Waste per month by queue", description)
        .unit("currencyUSD")
        .no_value("no rules")
        .query(series(QUEUE_LEGEND, metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m")))
}

fn total_spend_and_waste() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days of all queues: all requests, avoidable empty receives, and the \
            waste budget.",
        good: "The waste is far below its budget.",
        otherwise: "The graph Waste per month by queue shows which queue causes the waste.",
    };
    shared_panels::spend_and_waste("Spend and waste per month, all queues", description)
}

fn message_cost_per_queue() -> Panel {
    let description = Description {
        shows: "Dollars per million deleted messages for each queue, and the strictest objective. \
            Full long polls of an idle queue do not count. Ten messages per request cost $0.08, \
            one message per request costs $0.80.",
        good: "Below the objective.",
        otherwise: "Follow the runbook LongshoreMessageCostHigh.",
    };
    Panel::new(PanelKind::Lines, "Cost per million messages by queue", description)
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
        shows: "The remaining share of the 30-day error budget, for the SLO of each queue that has \
            the least: delivery, latency or freshness. Polling is not included, because it is \
            measured in dollars.",
        good: "Above 0 %. Each bad event lowers it. It rises again when bad events become older \
            than 30 days.",
        otherwise: "Below 0 % the objective is missed. Open the queue. The graph does not show \
            values below -100 %.",
    };
    Panel::new(PanelKind::Lines, "Lowest remaining error budget by queue", description)
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
        shows: "The burn rate over 1 hour, for the SLO of each queue that burns fastest: delivery, \
            latency or freshness. At a burn rate of 1, the error budget lasts exactly 30 days.",
        good: "Below 1.",
        otherwise: "Above 14.4 over 1 hour, a critical alert fires. Open the queue to see which \
            SLO it is.",
    };
    Panel::new(PanelKind::Lines, "Highest burn rate by queue", description)
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
        shows: "Messages processed and deleted per second, for each queue.",
        good: "The rates are as you expect at this time of day.",
        otherwise: "A queue at zero with a growing backlog is not processed. Open the queue.",
    };
    Panel::new(PanelKind::Lines, "Messages per second by queue", description).unit("mps").query(
        series(
            QUEUE_LEGEND,
            format!(
                "sum by ({BY_QUEUE}) ({})",
                metric("longshore_messages_total").with("result", "deleted").rate()
            ),
        ),
    )
}

fn failures_per_queue() -> Panel {
    let description = Description {
        shows: "Messages per second whose handler failed, for each queue. SQS redelivers most of \
            them.",
        good: "Near zero.",
        otherwise: "The log of the worker has each failed message with its error. The dashboard of \
            the queue shows the kinds of failures.",
    };
    Panel::new(PanelKind::Lines, "Handler failures by queue", description).unit("mps").query(
        series(
            QUEUE_LEGEND,
            format!("sum by ({BY_QUEUE}) ({})", metric("longshore_handler_errors_total").rate()),
        ),
    )
}

fn backlog_per_queue() -> Panel {
    let description = Description {
        shows: "Messages that wait in each queue, as last reported by SQS.",
        good: "The backlog returns to zero between bursts.",
        otherwise: "If the backlog only rises, add workers or raise `concurrency`.",
    };
    Panel::new(PanelKind::Lines, "Backlog by queue", description).unit("short").query(series(
        QUEUE_LEGEND,
        format!(
            "max by ({BY_QUEUE}) ({})",
            metric("longshore_backlog_messages").with("state", "visible")
        ),
    ))
}
