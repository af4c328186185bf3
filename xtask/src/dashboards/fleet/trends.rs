//! The graphs of the fleet. A graph shows the ten worst queues of the time range.

use crate::dashboards::dashboard::{Section, collapsed, section};
use crate::dashboards::panel::{Axis, Description, Panel, PanelKind};
use crate::dashboards::promql::{Selector, metric, worst_ten};
use crate::dashboards::query::{QUEUE_LEGEND, series};
use crate::dashboards::shared_panels::{self, failure_ratio};
use crate::dashboards::style::Threshold;
use crate::rules::BY_QUEUE;

fn by_queue(aggregation: &str, expr: impl std::fmt::Display) -> String {
    format!("{aggregation} by ({BY_QUEUE}) (\n  {expr}\n)")
}

/// The rates of the ten queues with the highest rate.
fn highest_rates(counter: &Selector) -> String {
    worst_ten(by_queue("sum", counter.rate()), by_queue("sum", counter.rate_of_range()))
}

/// The values of the ten queues with the highest value.
fn highest(gauge: &Selector) -> String {
    worst_ten(by_queue("max", gauge), by_queue("max", gauge.max_of_range()))
}

/// The values of the ten queues with the highest value, without those that are always zero.
fn highest_above_zero(gauge: &Selector) -> String {
    worst_ten(by_queue("max", gauge), format!("{} > 0", by_queue("max", gauge.max_of_range())))
}

pub(super) fn work() -> Section {
    section(
        "Work: the ten highest queues",
        vec![failed_share(), dead_letters(), oldest(), backlog(), messages(), failures()],
    )
}

fn failed_share() -> Panel {
    let description = Description {
        shows: "Share of handler calls that failed, for each queue with failures. Queues with \
            fewer than 10 calls in 5 minutes are left out.",
        good: "Below 10 %, the lower dashed line. From 80 % on, the alert is critical.",
        otherwise: "Open the queue. Its graph Handler failures by kind shows what fails.",
    };
    let failed = metric("job_queue:longshore_handler_failures:increase5m");
    Panel::new(PanelKind::Lines, "Failed handler calls by queue", description)
        .unit("percentunit")
        .threshold(shared_panels::FAILING)
        .no_value("none, if the rules are loaded")
        .query(series(
            QUEUE_LEGEND,
            worst_ten(failure_ratio(), format!("{} > 0", by_queue("max", failed.max_of_range()))),
        ))
}

fn dead_letters() -> Panel {
    let description = Description {
        shows: "Messages in the dead-letter queue of each queue that has any.",
        good: "None.",
        otherwise: "Follow the runbook LongshoreDeadLetters.",
    };
    Panel::new(PanelKind::Lines, "Dead letters by queue", description)
        .unit("short")
        .axis_to(10.0)
        .no_value("none")
        .query(series(QUEUE_LEGEND, highest_above_zero(&metric("longshore_dead_letter_messages"))))
}

fn oldest() -> Panel {
    let description = Description {
        shows: "Age of the oldest message that waits in each queue: the time since it was sent.",
        good: "Seconds, and it falls after each burst.",
        otherwise: "If the age only rises, the workers are too slow. Add workers or raise \
            `concurrency`.",
    };
    Panel::new(PanelKind::Lines, "Oldest message by queue", description)
        .unit("s")
        .axis_to(10.0)
        .no_value("none, if the rules are loaded")
        .query(series(
            QUEUE_LEGEND,
            highest_above_zero(&metric("job_queue:longshore_oldest_message:seconds")),
        ))
}

fn backlog() -> Panel {
    let description = Description {
        shows: "Messages that wait in each queue, as last reported by SQS.",
        good: "The backlog returns to zero between bursts.",
        otherwise: "If the backlog only rises, add workers or raise `concurrency`.",
    };
    Panel::new(PanelKind::Lines, "Backlog by queue", description)
        .unit("short")
        .axis_to(10.0)
        .no_value("no queue has a backlog")
        .query(series(
            QUEUE_LEGEND,
            highest_above_zero(&metric("longshore_backlog_messages").with("state", "visible")),
        ))
}

fn messages() -> Panel {
    let description = Description {
        shows: "Messages processed and deleted per second, for each queue.",
        good: "The rates are as you expect at this time of day.",
        otherwise: "A queue at zero with a growing backlog is not processed. Open the queue.",
    };
    Panel::new(PanelKind::Lines, "Messages per second by queue", description).unit("mps").query(
        series(
            QUEUE_LEGEND,
            highest_rates(&metric("longshore_messages_total").with("result", "deleted")),
        ),
    )
}

fn failures() -> Panel {
    let description = Description {
        shows: "Number of messages whose handler failed, for each queue.",
        good: "None, or a few.",
        otherwise: "The log of the worker has each failed message with its error. The dashboard of \
            the queue shows the kinds of failures.",
    };
    let failures = metric("longshore_handler_errors_total");
    Panel::new(PanelKind::StackedBars, "Handler failures by queue", description)
        .unit("short")
        .whole()
        .no_value("none")
        .query(series(
            QUEUE_LEGEND,
            worst_ten(
                by_queue("sum", failures.events()),
                format!("{} > 0", by_queue("sum", failures.rate_of_range())),
            ),
        ))
}

pub(super) fn error_budgets() -> Section {
    section("Error budgets: the ten worst queues", vec![budget_left(), burn_rate()])
}

fn budget_left() -> Panel {
    let description = Description {
        shows: "The remaining share of the 30-day error budget, for the SLO of each queue that has \
            the least: delivery, latency or freshness. Polling is not included, because it is \
            measured in dollars.",
        good: "Above 0 %. Each bad event lowers it. It rises again when bad events become older \
            than 30 days.",
        otherwise: "Below 0 % the objective is missed. Open the queue. The graph does not show \
            values below -100 %.",
    };
    let left =
        metric("job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d").user_facing();
    Panel::new(PanelKind::Lines, "Lowest remaining error budget by queue", description)
        .width(12)
        .unit("percentunit")
        .axis(Axis::Fixed { min: -1.0, max: 1.0 })
        .threshold(Threshold::WarnBelow(0.0))
        .no_value("no rules, or no events")
        .query(series(
            QUEUE_LEGEND,
            worst_ten(
                format!("clamp_min({}, -1)", by_queue("min", &left)),
                format!("-{}", by_queue("min", left.min_of_range())),
            ),
        ))
}

fn burn_rate() -> Panel {
    let description = Description {
        shows: "The burn rate over 1 hour, for the SLO of each queue that burns fastest: delivery, \
            latency or freshness. At a burn rate of 1, the error budget lasts exactly 30 days. \
            The graph shows values above 30 as 30.",
        good: "Below 1, the lower dashed line.",
        otherwise: "Above 14.4, the upper dashed line, a critical alert fires. Open the queue to \
            see which SLO it is.",
    };
    let burn = metric("job_queue_slo:longshore_slo_burn_rate:ratio_rate1h").user_facing();
    Panel::new(PanelKind::Lines, "Highest burn rate by queue", description)
        .width(12)
        .unit("short")
        .axis_to(20.0)
        .threshold(Threshold::From(1.0, 14.4))
        .no_value("none, if the rules are loaded")
        .query(series(
            QUEUE_LEGEND,
            worst_ten(
                format!("clamp_max({}, 30)", by_queue("max", &burn)),
                format!("{} > 0", by_queue("max", burn.max_of_range())),
            ),
        ))
}

pub(super) fn waste() -> Section {
    section("Wasted money", vec![waste_per_queue(), empty_receives(), spend_and_waste()])
}

fn waste_per_queue() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days for avoidable empty receives, for each queue that wastes any.",
        good: "Near $0, and below the waste budget of the queue.",
        otherwise: "Follow the runbook LongshorePollingWaste. The most frequent cause is a short \
            `wait`.",
    };
    let waste = metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m");
    Panel::new(PanelKind::Lines, "Waste per month by queue", description)
        .unit("currencyUSD")
        .axis_to(10.0)
        .explains(&["LongshoreFleetWaste"])
        .no_value("none, if the rules are loaded")
        .query(series(
            QUEUE_LEGEND,
            worst_ten(&waste, format!("{} > 0.01", by_queue("max", waste.max_of_range()))),
        ))
}

fn empty_receives() -> Panel {
    let description = Description {
        shows: "Empty receives per second of all queues, and the minimum: the number if each \
            receive had waited 20 seconds.",
        good: "Both lines are equal.",
        otherwise: "The difference between the lines is avoidable cost.",
    };
    shared_panels::empty_receives("Empty receives, all queues", description)
}

fn spend_and_waste() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days of all queues: all requests, and avoidable empty receives.",
        good: "The waste is near $0. Each queue has its own budget for it.",
        otherwise: "The graph Waste per month by queue shows which queue causes the waste.",
    };
    shared_panels::spend_and_waste("Spend and waste per month", description)
}

pub(super) fn cost() -> Section {
    collapsed("Cost", vec![empty_receives_per_queue(), cost_per_message(), overspend()])
}

fn empty_receives_per_queue() -> Panel {
    let description = Description {
        shows: "Receives per second that returned no message, for each queue.",
        good: "At most 0.05 per poll loop, which is one in 20 seconds. The rate falls when \
            messages arrive.",
        otherwise: "Hundreds per second mean short polling. Open the queue: its configured wait is \
            below 20 s, or something between the worker and SQS ends the long polls early.",
    };
    let empty = metric("longshore_receive_duration_seconds_count").with("outcome", "empty");
    Panel::new(PanelKind::Lines, "Empty receives by queue", description)
        .unit("reqps")
        .query(series(QUEUE_LEGEND, highest_rates(&empty)))
}

fn cost_per_message() -> Panel {
    let description = Description {
        shows: "Dollars per million deleted messages for each queue, and the strictest objective. \
            Full long polls of an idle queue do not count. Ten messages per request cost $0.08, \
            one message per request costs $0.80.",
        good: "Below the objective.",
        otherwise: "A queue with few messages can be far above it for little money. The graph Cost \
            above the objective shows the dollars.",
    };
    let cost = metric("job_queue:longshore_message_cost:usd_rate30m");
    Panel::new(PanelKind::Lines, "Cost per million by queue", description)
        .unit("currencyUSD")
        .no_value("no rules, or no messages")
        .query(series(QUEUE_LEGEND, format!("1e6 * {}", highest(&cost))))
        .query(
            series(
                "objective",
                format!("1e6 * min({})", metric("job_queue:longshore_message_cost_objective:usd")),
            )
            .dashed(),
        )
}

fn overspend() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days that the messages of each queue cost above their objective.",
        good: "No queue is above its objective.",
        otherwise: "Follow the runbook LongshoreMessageCostHigh.",
    };
    let overspend = metric("job_queue:longshore_message_overspend:usd_per_30d_rate30m");
    Panel::new(PanelKind::Lines, "Cost above the objective", description)
        .unit("currencyUSD")
        .axis_to(10.0)
        .no_value("none, if the rules are loaded")
        .query(series(QUEUE_LEGEND, highest_above_zero(&overspend)))
}
