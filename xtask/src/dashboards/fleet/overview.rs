//! The overview of the fleet: eight numbers, the firing alerts, and a table of all queues.

use super::trends;
use crate::dashboards::dashboard::{Dashboard, Section};
use crate::dashboards::panel::{Description, Panel, PanelKind, SortOrder};
use crate::dashboards::promql::{firing_alerts, metric};
use crate::dashboards::query::{instant, rows};
use crate::dashboards::shared_panels;
use crate::dashboards::style::Threshold;
use crate::dashboards::table::Column;
use crate::rules::{BY_QUEUE, DashboardId};

pub(in crate::dashboards) fn dashboard() -> Dashboard {
    Dashboard {
        id: DashboardId::Fleet,
        title: "Longshore / Fleet",
        description: "All SQS queues that Longshore consumes: health, wasted dollars, and the queues with the most \
                      problems.",
        shows_one_queue: false,
        introduction: "**Healthy:** no alert fires, no error budget is overspent, and the waste is near $0. \
                       **Otherwise** follow the runbooks of the firing alerts, then open the first queue \
                       of the table.",
        sections: vec![
            overview(),
            trends::empty_receives(),
            trends::cost(),
            trends::error_budgets(),
            trends::traffic(),
        ],
    }
}

fn overview() -> Section {
    Section {
        title: None,
        panels: vec![
            shared_panels::firing_alert_count(),
            overspent(),
            shared_panels::waste_per_month(),
            waste_to_budget(),
            shared_panels::spend_per_month(),
            cost_to_objective(),
            shared_panels::message_rate(),
            shared_panels::worker_count(),
            shared_panels::firing_alert_table(),
            queue_table(),
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
        .threshold(Threshold::BadFrom(1.0))
        .map_value(0.0, "none")
        .no_value("no rules")
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

fn waste_to_budget() -> Panel {
    let description = Description {
        shows: "Waste as a share of the waste budget, for the queue where this share is highest.",
        good: "Well below 100 %.",
        otherwise: "If the share stays above 100 %, LongshorePollingWaste can fire. The table of \
            queues shows which queue it is.",
    };
    Panel::new(PanelKind::Stat, "Highest waste vs budget", description)
        .unit("percentunit")
        .threshold(Threshold::BadFrom(1.0))
        .no_value("no rules")
        .query(instant(
            "worst queue",
            format!(
                "max(
  {}
  / ({} > 0)
)",
                metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m"),
                metric("job_queue:longshore_waste_budget:usd_per_30d")
            ),
        ))
}

fn cost_to_objective() -> Panel {
    let description = Description {
        shows: "Cost per message as a share of the cost objective, for the queue where this share \
            is highest. Full long polls of an idle queue do not count.",
        good: "Below 100 %.",
        otherwise: "Requests carry few messages, or they fail and are retried. Open the queue and \
            read its row Cost.",
    };
    Panel::new(PanelKind::Stat, "Highest cost vs objective", description)
        .unit("percentunit")
        .threshold(Threshold::BadFrom(1.0))
        .no_value("no messages")
        .query(instant(
            "worst queue",
            format!(
                "max(
  {}
  / ({} > 0)
)",
                metric("job_queue:longshore_message_cost:usd_rate30m"),
                metric("job_queue:longshore_message_cost_objective:usd")
            ),
        ))
}

/// The queries of the table, in the order of its columns. The first column is the queue.
fn queue_table_expressions() -> [String; 11] {
    [
        format!(
            "count by ({BY_QUEUE}) ({})
or
0 * count by ({BY_QUEUE}) ({})",
            firing_alerts(),
            metric("job_queue:longshore_request_price:usd")
        ),
        format!(
            "min by ({BY_QUEUE}) ({})",
            metric("job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d")
                .user_facing()
        ),
        format!(
            "max by ({BY_QUEUE}) ({})",
            metric("job_queue_slo:longshore_slo_burn_rate:ratio_rate1h").user_facing()
        ),
        format!(
            "max by ({BY_QUEUE}) ({})",
            metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m")
        ),
        format!(
            "max by ({BY_QUEUE}) (
  {}
  / ({} > 0)
)",
            metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m"),
            metric("job_queue:longshore_waste_budget:usd_per_30d")
        ),
        format!(
            "max by ({BY_QUEUE}) ({})",
            metric("job_queue:longshore_spend:usd_per_30d_rate30m")
        ),
        format!(
            "1e6 * max by ({BY_QUEUE}) ({})",
            metric("job_queue:longshore_message_cost:usd_rate30m")
        ),
        format!(
            "sum by ({BY_QUEUE}) (
  {}
)
/
(sum by ({BY_QUEUE}) (
  {}
) > 0)",
            metric("longshore_receive_duration_seconds_count").with("outcome", "empty").rate(),
            metric("longshore_receive_duration_seconds_count")
                .matching("outcome", "full|partial|empty")
                .rate()
        ),
        format!(
            "sum by ({BY_QUEUE}) ({})",
            metric("longshore_messages_total").with("result", "deleted").rate()
        ),
        format!(
            "max by ({BY_QUEUE}) ({})",
            metric("longshore_backlog_messages").with("state", "visible")
        ),
        format!("count by ({BY_QUEUE}) ({})", metric("longshore_pollers")),
    ]
}

fn queue_table() -> Panel {
    let description = Description {
        shows: "All queues. The order is: firing alerts, then the lowest remaining error budget \
            for delivery, latency or freshness, then the highest waste. Dollars are for 30 days, \
            at the rate of the last 30 minutes.",
        good: "No alerts, remaining budgets above 0 %, burn rates below 1, waste below 100 % of \
            its budget.",
        otherwise: "Click the first queue. Its dashboard shows what is wrong and since when.",
    };
    let bad = Threshold::BadFrom(1.0);
    let columns = vec![
        shared_panels::queue_column(),
        Column::value("Value #A", "Alerts", "none").threshold(bad).map_value(0.0, "none"),
        Column::value("Value #B", "Remaining budget", "percentunit")
            .threshold(Threshold::BadBelow(0.0))
            .no_value("no events"),
        Column::value("Value #C", "Burn rate, 1 h", "short").threshold(bad).no_value("no events"),
        Column::value("Value #D", "Waste per month", "currencyUSD"),
        Column::value("Value #E", "Waste vs budget", "percentunit").threshold(bad),
        Column::value("Value #F", "Spend per month", "currencyUSD"),
        Column::value("Value #G", "Cost per million messages", "currencyUSD")
            .no_value("no messages"),
        Column::value("Value #H", "Empty receives", "percentunit").no_value("no receives"),
        Column::value("Value #I", "Messages per second", "mps"),
        Column::value("Value #J", "Backlog", "short"),
        Column::value("Value #K", "Workers", "none"),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
    ];
    let sort = vec![
        ("Alerts", SortOrder::Descending),
        ("Remaining budget", SortOrder::Ascending),
        ("Waste per month", SortOrder::Descending),
    ];
    let table = Panel::new(PanelKind::Table { columns, sort }, "Queues, worst first", description)
        .height(9);
    queue_table_expressions().into_iter().fold(table, |table, expr| table.query(rows(expr)))
}
