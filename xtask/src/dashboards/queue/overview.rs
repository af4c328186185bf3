//! The queue in eight numbers.

use crate::dashboards::look::Bad;
use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{now, series};
use crate::dashboards::{alerts, numbers};

pub(super) fn panels() -> Vec<Panel> {
    vec![
        alerts::count(),
        budget_left(),
        burn(),
        numbers::wasted(),
        numbers::spend(),
        message_cost(),
        numbers::messages(),
        backlog(),
        alerts::firing(),
    ]
}

fn budget_left() -> Panel {
    let about = About {
        shows: "What is left of the 30-day error budget that has least: delivery, latency or freshness. Polling is \
                judged in dollars, beside this.",
        good: "above 0 %.",
        otherwise: "the table of objectives says which SLO it is.",
    };
    Panel::new(Look::Number, "Least budget left", about)
        .unit("percentunit")
        .bad(Bad::Below(0.0))
        .none("no events")
        .ask(now(
            "worst SLO",
            format!(
                "min({})",
                metric("job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d")
                    .user_facing()
            ),
        ))
}

fn burn() -> Panel {
    let about = About {
        shows: "How fast the budget that burns fastest has burned in the last hour: delivery, latency or freshness. \
                At 1 it lasts 30 days.",
        good: "below 1.",
        otherwise: "14.4 wakes somebody. The row Objectives shows which SLO, and since when.",
    };
    Panel::new(Look::Number, "Fastest burn, 1 h", about)
        .unit("short")
        .bad(Bad::From(1.0))
        .none("no events")
        .ask(now(
            "worst SLO",
            format!(
                "max({})",
                metric("job_queue_slo:longshore_slo_burn_rate:ratio_rate1h").user_facing()
            ),
        ))
}

fn message_cost() -> Panel {
    let about = About {
        shows: "Dollars for a million deleted messages, idle long polls not counted.",
        good: "$0.08 where ten travel together, below the objective in any case.",
        otherwise: "see the row Money, and the runbook LongshoreMessageCostHigh.",
    };
    Panel::new(Look::Trend, "A million messages", about)
        .unit("currencyUSD")
        .none("no messages")
        .ask(series(
            "cost",
            format!("1e6 * max({})", metric("job_queue:longshore_message_cost:usd_rate30m")),
        ))
}

fn backlog() -> Panel {
    let about = About {
        shows: "Messages that wait in the queue, as SQS last told.",
        good: "it goes back to zero between bursts.",
        otherwise: "if it only rises, more workers or slots are needed: see the row Work in hand.",
    };
    Panel::new(Look::Trend, "Backlog", about).unit("short").ask(series(
        "waiting",
        format!("max({})", metric("longshore_backlog_messages").with("state", "visible")),
    ))
}
