//! The table of all queues, the worst first.

use crate::dashboards::alerts::{self, site_column};
use crate::dashboards::panel::{Description, Panel, PanelKind, SortOrder};
use crate::dashboards::promql::metric;
use crate::dashboards::query::rows;
use crate::dashboards::shared_panels::{self, failure_ratio, waste_to_budget};
use crate::dashboards::style::Threshold;
use crate::dashboards::table::Column;
use crate::rules::{BY_QUEUE, DashboardId};

pub(super) fn queue_table() -> Panel {
    let description = Description {
        shows: "All queues. The order is: critical alerts, warnings, then the lowest remaining \
            error budget for delivery, latency or freshness, then the highest waste. Dollars are \
            for 30 days, at the rate of the last 30 minutes. Failed is the share of the handler \
            calls of the last 5 minutes, if there were 10.",
        good: "Nothing is red or yellow.",
        otherwise: "Click the first queue. Its dashboard shows what is wrong and since when.",
    };
    let sort = vec![
        ("Critical", SortOrder::Descending),
        ("Warnings", SortOrder::Descending),
        ("Budget left", SortOrder::Ascending),
        ("Waste", SortOrder::Descending),
    ];
    let kind = PanelKind::Table { columns: columns(), sort };
    let table = Panel::new(kind, "Queues, worst first", description).height(10);
    expressions().into_iter().fold(table, |table, expr| table.query(rows(expr)))
}

/// The titles are short, because Grafana cuts long ones. The most important columns are on the
/// left, because a narrow screen shows only those.
fn columns() -> Vec<Column> {
    let warning = Threshold::WarnFrom(1.0);
    let mut columns = vec![
        shared_panels::queue_column(210),
        Column::value("Value #A", "Critical", "none")
            .width(90)
            .threshold(Threshold::BadFrom(1.0))
            .map_value(0.0, "none")
            .no_value("no rules"),
        Column::value("Value #B", "Warnings", "none")
            .width(95)
            .threshold(warning)
            .map_value(0.0, "none")
            .no_value("no rules"),
        Column::value("Value #C", "Failed", "percentunit")
            .width(80)
            .threshold(shared_panels::FAILING)
            .no_value("few calls"),
        Column::value("Value #D", "Dead letters", "none")
            .width(105)
            .threshold(warning)
            .no_value("no DLQ"),
        Column::value("Value #E", "Oldest", "s")
            .width(95)
            .threshold(Threshold::WarnFrom(600.0))
            .map_range(0.0, 1.0, "< 1 s")
            .no_value("unknown"),
        Column::value("Value #F", "Waiting", "short").width(85).no_value("unknown"),
        Column::value("Value #G", "Budget left", "percentunit")
            .width(105)
            .threshold(Threshold::WarnBelow(0.0))
            .map_to(-1.0, "< -100%")
            .no_value("no events"),
        Column::value("Value #H", "Waste", "currencyUSD").width(85),
        Column::value("Value #I", "Waste/budget", shared_panels::TIMES)
            .width(115)
            .decimals(1)
            .threshold(warning),
        Column::value("Value #J", "Per million", "currencyUSD").width(105).no_value("no messages"),
        Column::value("Value #K", "Messages", "mps").width(110),
        Column::value("Value #L", "Workers", "none").width(85),
        Column::value("Value #M", "Spend", "currencyUSD").width(85),
        Column::value("Value #N", "Burn, 1 h", "short")
            .width(90)
            .threshold(Threshold::From(1.0, 14.4))
            .no_value("no events"),
    ];
    columns.extend(["job", "namespace", "cluster"].map(site_column));
    columns
}

/// The queries of the columns.
fn expressions() -> [String; 14] {
    let worst =
        |aggregation: &str, expr: String| format!("{aggregation} by ({BY_QUEUE}) (\n  {expr}\n)");
    let recorded =
        |name: &str| worst("max", metric(format!("job_queue:longshore_{name}")).to_string());
    let slo = |name: &str| metric(format!("job_queue_slo:longshore_slo_{name}")).user_facing();
    [
        alerts_by_queue(alerts::critical(DashboardId::Fleet)),
        alerts_by_queue(alerts::warnings(DashboardId::Fleet)),
        worst("max", failure_ratio()),
        shared_panels::dead_letters_of_queues(),
        shared_panels::oldest_waiting(),
        shared_panels::waiting(),
        worst("min", slo("error_budget_remaining:ratio_rate30d").to_string()),
        recorded("wasted_spend:usd_per_30d_rate30m"),
        worst("max", waste_to_budget()),
        format!("1e6 * {}", recorded("message_cost:usd_rate30m")),
        worst(
            "sum",
            metric("longshore_messages_total").with("result", "deleted").over("rate", "5m"),
        ),
        worst("count", metric("longshore_pollers").to_string()),
        recorded("spend:usd_per_30d_rate30m"),
        worst("max", slo("burn_rate:ratio_rate1h").to_string()),
    ]
}

/// The number of objectives and problems for which these alerts fire. The pairs of windows of one
/// objective count once.
fn alerts_by_queue(alerts: String) -> String {
    format!(
        "count by ({BY_QUEUE}) (
  group by ({BY_QUEUE}, slo, alertname) (
    {alerts}
  )
)
or
0 * count by ({BY_QUEUE}) ({})",
        metric("job_queue:longshore_request_price:usd")
    )
}
