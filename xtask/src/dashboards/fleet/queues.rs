//! Every queue in a line, the worst first.

use crate::dashboards::alerts;
use crate::dashboards::look::Bad;
use crate::dashboards::panel::{About, Look, Order, Panel};
use crate::dashboards::promql::{firing_alerts, metric};
use crate::dashboards::query::rows;
use crate::dashboards::table::Column;
use crate::rules::BY_QUEUE;

/// The columns of the table of queues, from its second on.
fn expressions() -> [String; 11] {
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
    expressions().into_iter().fold(table, |table, expr| table.ask(rows(expr)))
}
