//! The overview of the fleet: nine numbers, the firing alerts, and a table of all queues.

use super::{queue_table, trends};
use crate::dashboards::alerts;
use crate::dashboards::dashboard::{self, Dashboard};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::metric;
use crate::dashboards::query::instant;
use crate::dashboards::shared_panels;
use crate::dashboards::style::Threshold;
use crate::rules::DashboardId;

const ID: DashboardId = DashboardId::Fleet;

pub(in crate::dashboards) fn dashboard() -> Dashboard {
    Dashboard {
        id: ID,
        title: "Longshore / Fleet",
        description: "All SQS queues that Longshore consumes: health, wasted dollars, and the queues with the most \
                      problems.",
        shows_one_queue: false,
        introduction: "**Healthy:** nothing on this page is red or yellow. **Otherwise** do what the table of firing \
                       alerts says, then open the first queue of the table below it. Grey means unknown.",
        sections: vec![
            dashboard::overview(vec![
                alerts::count(ID),
                shared_panels::highest_failure_ratio(PanelKind::NamedStat, "Highest failure ratio"),
                shared_panels::dead_letters(),
                shared_panels::oldest_message(PanelKind::NamedStat, "Oldest message"),
                overspent(),
                shared_panels::highest_waste(PanelKind::NamedStat, "Highest waste vs budget"),
                shared_panels::waste_per_month(),
                spend_per_month(),
                shared_panels::worker_count(),
                alerts::table(ID),
                queue_table::queue_table(),
            ]),
            trends::work(),
            trends::error_budgets(),
            trends::waste(),
            trends::cost(),
        ],
    }
}

fn overspent() -> Panel {
    let description = Description {
        shows: "Number of 30-day error budgets that are used up, for delivery, latency and \
            freshness of each queue. Polling is not included, because it is measured in dollars.",
        good: "No budget is overspent.",
        otherwise: "The table of queues shows which queues are affected. Fix them before you \
            change anything else.",
    };
    Panel::new(PanelKind::Stat, "Overspent error budgets", description)
        .whole()
        .threshold(Threshold::WarnFrom(1.0))
        .map_value(0.0, "none")
        .no_value("no rules, or no events")
        .query(instant(
            "overspent budgets",
            format!(
                "sum(
  {} < bool 0
)",
                metric("job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d")
                    .user_facing()
            ),
        ))
}

fn spend_per_month() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days for all requests to SQS, at the rate of the last 30 minutes.",
        good: "The spend follows the traffic.",
        otherwise: "If the spend rises and the number of messages does not, read the row Cost.",
    };
    Panel::new(PanelKind::Stat, "Spend, 30 d", description)
        .width(4)
        .unit("currencyUSD")
        .no_value("no rules")
        .query(instant(
            "spend",
            format!("sum({})", metric("job_queue:longshore_spend:usd_per_30d_rate30m")),
        ))
}
