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
        description: "One SQS queue that Longshore consumes: its objectives, polling, cost, latency and messages.",
        shows_one_queue: true,
        introduction: "**Healthy:** no alert fires, the error budgets are above 0 %, the waste is near $0, and the \
                       backlog returns to zero. **Otherwise** follow the runbooks of the firing alerts. The \
                       rows below show the cause.",
        sections: vec![
            overview(),
            objectives::objectives(),
            polling::polling(),
            polling::cost(),
            messages::latency(),
            messages::messages(),
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
        shows: "The remaining share of the 30-day error budget, for the SLO that has the least: \
            delivery, latency or freshness. Polling is not included, because it is measured in \
            dollars.",
        good: "Above 0 %.",
        otherwise: "The table of objectives shows which SLO it is.",
    };
    Panel::new(PanelKind::Stat, "Remaining error budget", description)
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
        shows: "The burn rate over the last hour, for the SLO that burns fastest: delivery, \
            latency or freshness. At a burn rate of 1, the error budget lasts 30 days.",
        good: "Below 1.",
        otherwise: "Above 14.4, a critical alert fires. The row Objectives shows which SLO it is \
            and since when.",
    };
    Panel::new(PanelKind::Stat, "Highest burn rate, 1 h", description)
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
        shows: "Dollars per million deleted messages. Full long polls of an idle queue do not \
            count.",
        good: "$0.08 if each request carries ten messages. Always below the objective.",
        otherwise: "Read the row Cost and follow the runbook LongshoreMessageCostHigh.",
    };
    Panel::new(PanelKind::StatWithGraph, "Cost per million messages", description)
        .unit("currencyUSD")
        .no_value("no messages")
        .query(series(
            "cost",
            format!("1e6 * max({})", metric("job_queue:longshore_message_cost:usd_rate30m")),
        ))
}

fn backlog() -> Panel {
    let description = Description {
        shows: "Messages that wait in the queue, as last reported by SQS.",
        good: "The backlog returns to zero between bursts.",
        otherwise: "If the backlog only rises, add workers or raise `concurrency`. The row \
            Messages shows whether the workers are full.",
    };
    Panel::new(PanelKind::StatWithGraph, "Backlog", description).unit("short").query(series(
        "waiting",
        format!("max({})", metric("longshore_backlog_messages").with("state", "visible")),
    ))
}
