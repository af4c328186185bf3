//! The overview of one queue: eight numbers and the firing alerts.

use super::messages;
use super::objectives;
use super::polling;
use crate::dashboards::dashboard::{Dashboard, Section};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{instant, series};
use crate::dashboards::shared_panels;
use crate::dashboards::style::Threshold;
use crate::rules::DashboardId;

pub(in crate::dashboards) fn dashboard() -> Dashboard {
    Dashboard {
        id: DashboardId::Queue,
        title: "Longshore / Queue",
        description: "One SQS queue that Longshore works: is it within its objectives, how is it polled, what does it \
                cost, how late is it, and what is in hand?",
        shows_one_queue: true,
        introduction: "**Healthy:** no alert fires, budgets are above 0 %, waste is near $0, the backlog comes back to \
               zero. **Otherwise** do what the firing alerts say; the rows below show why.",
        sections: vec![
            overview(),
            objectives::objectives(),
            polling::polling(),
            polling::cost(),
            messages::latency(),
            messages::work(),
            objectives::settings(),
        ],
    }
}

fn overview() -> Section {
    Section {
        title: None,
        panels: vec![
            shared_panels::firing_alert_count(),
            budget_left(),
            fastest_burn(),
            shared_panels::waste_per_month(),
            shared_panels::spend_per_month(),
            message_cost(),
            shared_panels::message_rate(),
            backlog(),
            shared_panels::firing_alert_table(),
        ],
    }
}

fn budget_left() -> Panel {
    let description = Description {
        shows: "What is left of the 30-day error budget that has least: delivery, latency or freshness. Polling is \
                judged in dollars, beside this.",
        good: "above 0 %.",
        otherwise: "the table of objectives says which SLO it is.",
    };
    Panel::new(PanelKind::Stat, "Least budget left", description)
        .unit("percentunit")
        .threshold(Threshold::BadBelow(0.0))
        .no_value("no events")
        .query(instant(
            "worst SLO",
            format!(
                "min({})",
                metric("job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d")
                    .user_facing()
            ),
        ))
}

fn fastest_burn() -> Panel {
    let description = Description {
        shows: "How fast the budget that burns fastest has burned in the last hour: delivery, latency or freshness. \
                At 1 it lasts 30 days.",
        good: "below 1.",
        otherwise: "14.4 wakes somebody. The row Objectives shows which SLO, and since when.",
    };
    Panel::new(PanelKind::Stat, "Fastest burn, 1 h", description)
        .unit("short")
        .threshold(Threshold::BadFrom(1.0))
        .no_value("no events")
        .query(instant(
            "worst SLO",
            format!(
                "max({})",
                metric("job_queue_slo:longshore_slo_burn_rate:ratio_rate1h").user_facing()
            ),
        ))
}

fn message_cost() -> Panel {
    let description = Description {
        shows: "Dollars for a million deleted messages, idle long polls not counted.",
        good: "$0.08 where ten travel together, below the objective in any case.",
        otherwise: "see the row Money, and the runbook LongshoreMessageCostHigh.",
    };
    Panel::new(PanelKind::StatWithGraph, "A million messages", description)
        .unit("currencyUSD")
        .no_value("no messages")
        .query(series(
            "cost",
            format!("1e6 * max({})", metric("job_queue:longshore_message_cost:usd_rate30m")),
        ))
}

fn backlog() -> Panel {
    let description = Description {
        shows: "Messages that wait in the queue, as SQS last told.",
        good: "it goes back to zero between bursts.",
        otherwise: "if it only rises, more workers or slots are needed: see the row Work in hand.",
    };
    Panel::new(PanelKind::StatWithGraph, "Backlog", description).unit("short").query(series(
        "waiting",
        format!("max({})", metric("longshore_backlog_messages").with("state", "visible")),
    ))
}
