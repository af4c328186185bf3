//! What the requests of the queue cost.

use crate::dashboards::dashboard::{Section, collapsed};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{rows, series};
use crate::dashboards::shared_panels;
use crate::dashboards::style::Color;
use crate::dashboards::table::Column;
use longshore::label::LabelSet;
use longshore::queue::Action;

pub(super) fn cost() -> Section {
    collapsed(
        "Cost",
        vec![
            spend_and_waste(),
            message_cost(),
            dollars_per_month(),
            billed_requests(),
            requests_per_message(),
        ],
    )
}

fn spend_and_waste() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days, at the rate of the last 30 minutes: all requests, avoidable \
            empty receives, and the waste budget.",
        good: "The waste is below its budget.",
        otherwise: "Follow the runbook LongshorePollingWaste.",
    };
    let budget = metric("job_queue:longshore_waste_budget:usd_per_30d");
    shared_panels::spend_and_waste("Spend and waste per month", description)
        .explains(&["LongshorePollingWaste", "LongshoreSpendWithoutResult"])
        .query(series("waste budget", format!("sum({budget})")).dashed())
}

fn message_cost() -> Panel {
    let description = Description {
        shows: "Dollars per million deleted messages, and the objective. Full long polls of an \
            idle queue do not count.",
        good: "Below the objective. $0.08 if each request carries ten messages.",
        otherwise: "Follow the runbook LongshoreMessageCostHigh. The graph Billed requests per \
            message shows which requests cause the cost.",
    };
    Panel::new(PanelKind::Lines, "Cost per million vs objective", description)
        .unit("currencyUSD")
        .no_value("no rules, or no messages")
        .explains(&["LongshoreMessageCostHigh", "LongshoreObjectiveMissing"])
        .query(
            series(
                "cost",
                format!("1e6 * max({})", metric("job_queue:longshore_message_cost:usd_rate30m")),
            )
            .color(Color::Blue),
        )
        .query(
            series(
                "objective",
                format!("1e6 * min({})", metric("job_queue:longshore_message_cost_objective:usd")),
            )
            .dashed(),
        )
}

fn dollars_per_month() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days at the rate of the last 30 minutes, 6 hours and 3 days: all \
            requests, waste, and the amount above the objective for the cost per message. Below \
            $0, the queue is cheaper than its objective.",
        good: "The values of a row are similar, the waste is near $0, and no amount is above the \
            objective.",
        otherwise: "If the value of 30 minutes is above the value of 3 days, the cost has risen. \
            If it is below, the cost has fallen.",
    };
    let columns = vec![
        Column::label("kind", "In 30 days").at_least(105),
        Column::value("Value #A", "30 min", "currencyUSD").at_least(62).no_value("no data"),
        Column::value("Value #B", "6 h", "currencyUSD").at_least(62).no_value("no data"),
        Column::value("Value #C", "3 d", "currencyUSD").at_least(62).no_value("no data"),
    ];
    let kind = PanelKind::Table { columns, sort: vec![] };
    let table = Panel::new(kind, "Dollars per month by window", description)
        .width(8)
        .unit("currencyUSD")
        .no_value("no rules");
    ["30m", "6h", "3d"].iter().fold(table, |table, window| table.query(rows(dollars(window))))
}

/// One row for each kind of amount. The label `kind` has its name.
fn dollars(window: &str) -> String {
    let kinds =
        [("spend", "spend"), ("waste", "wasted_spend"), ("above objective", "message_overspend")];
    let amount = |(name, series)| {
        let series = metric(format!("job_queue:longshore_{series}:usd_per_30d_rate{window}"));
        format!("label_replace(sum({series}), \"kind\", \"{name}\", \"\", \"\")")
    };
    kinds.map(amount).join("\nor\n")
}

fn billed_requests() -> Panel {
    let description = Description {
        shows: "Billed requests per second, by action.",
        good: "The number of deletes is near the number of receives that returned messages.",
        otherwise: "Many receives: read the row Requests and polling. Many `change_visibility` \
            requests: messages are retried, or handlers need heartbeats. A longer `visibility` \
            saves heartbeats.",
    };
    Panel::new(PanelKind::StackedAreas, "Billed requests", description)
        .width(12)
        .unit("reqps")
        .explains(&["LongshoreSpendWithoutResult"])
        .fixed_colors(Action::VALUES)
        .query(series(
            "{{action}}",
            format!("sum by (action) ({})", metric("longshore_billed_requests_total").rate()),
        ))
}

fn requests_per_message() -> Panel {
    let description = Description {
        shows: "Billed requests per deleted message, by action.",
        good: "0.2 in total under load, because each receive and each delete carries ten messages.",
        otherwise: "From 1, each request carries only one message. Read the graph Messages per \
            batch.",
    };
    Panel::new(PanelKind::StackedAreas, "Billed requests per message", description)
        .width(12)
        .unit("none")
        .no_value("no messages")
        .fixed_colors(Action::VALUES)
        .query(series(
            "{{action}}",
            format!(
                "sum by (action) ({})
/ on () group_left ()
(sum({}) > 0)",
                metric("longshore_billed_requests_total").rate(),
                metric("longshore_messages_total").with("result", "deleted").rate()
            ),
        ))
}
