//! Every queue in a line, the worst first.

use crate::dashboards::alerts;
use crate::dashboards::look::Bad;
use crate::dashboards::panel::{About, Look, Order, Panel};
use crate::dashboards::query::rows;
use crate::dashboards::table::Column;

/// The columns of the table of queues, from its second on.
const OF_EACH_QUEUE: &[&str] = &[
    r#"count by (@) (ALERTS{@, alertname=~"Longshore.*", alertstate="firing"})
or
0 * count by (@) (job_queue:longshore_request_price:usd{@})"#,
    "min by (@) (job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d{@, @felt})",
    "max by (@) (job_queue_slo:longshore_slo_burn_rate:ratio_rate1h{@, @felt})",
    "max by (@) (job_queue:longshore_wasted_spend:usd_per_30d_rate30m{@})",
    "max by (@) (
  job_queue:longshore_wasted_spend:usd_per_30d_rate30m{@}
  / (job_queue:longshore_waste_budget:usd_per_30d{@} > 0)
)",
    "max by (@) (job_queue:longshore_spend:usd_per_30d_rate30m{@})",
    "1e6 * max by (@) (job_queue:longshore_message_cost:usd_rate30m{@})",
    r#"sum by (@) (
  rate(longshore_receive_duration_seconds_count{@, outcome="empty"}[$__rate_interval])
)
/
(sum by (@) (
  rate(longshore_receive_duration_seconds_count{@, outcome=~"full|partial|empty"}[$__rate_interval])
) > 0)"#,
    r#"sum by (@) (rate(longshore_messages_total{@, result="deleted"}[$__rate_interval]))"#,
    r#"max by (@) (longshore_backlog_messages{@, state="visible"})"#,
    "count by (@) (longshore_pollers{@})",
];

pub(super) fn worst_first() -> Panel {
    let about = About {
        shows: "Every queue: those with alerts first, then those with the least error budget left, of delivery, \
                latency or freshness, then those that waste most. Dollars are for 30 days at the pace of the last \
                half hour.",
        good: "no alerts, budgets above 0 %, burn below 1, waste below 100 % of its budget.",
        otherwise: "click the first queue: its own dashboard says what is wrong, and since when.",
    };
    let bad = Bad::From(1.0);
    let columns = vec![
        alerts::queue(),
        Column::value("Value #A", "Alerts", "none").bad(bad).say(0.0, "none"),
        Column::value("Value #B", "Budget left", "percentunit")
            .bad(Bad::Below(0.0))
            .none("no events"),
        Column::value("Value #C", "Burn, 1 h", "short").bad(bad).none("no events"),
        Column::value("Value #D", "Wasted", "currencyUSD"),
        Column::value("Value #E", "Of its budget", "percentunit").bad(bad),
        Column::value("Value #F", "Spend", "currencyUSD"),
        Column::value("Value #G", "A million messages", "currencyUSD").none("no messages"),
        Column::value("Value #H", "Empty receives", "percentunit").none("no receives"),
        Column::value("Value #I", "Messages", "mps"),
        Column::value("Value #J", "Backlog", "short"),
        Column::value("Value #K", "Workers", "none"),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
    ];
    let order = vec![
        ("Alerts", Order::HighestFirst),
        ("Budget left", Order::LowestFirst),
        ("Wasted", Order::HighestFirst),
    ];
    let table = Panel::new(Look::Table { columns, order }, "Queues, worst first", about).high(9);
    OF_EACH_QUEUE.iter().fold(table, |table, expr| table.ask(rows(expr)))
}
