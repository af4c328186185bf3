//! Numbers that more than one dashboard begins with.

use super::panel::{About, Look, Panel};
use super::promql::metric;
use super::query::series;

pub(super) fn wasted() -> Panel {
    let about = About {
        shows: "Dollars in 30 days, at the pace of the last half hour, for receives that came back empty before a \
                full long poll was over.",
        good: "near $0, however idle the queues are.",
        otherwise: "the row Money says since when; the runbook is that of LongshorePollingWaste.",
    };
    Panel::new(Look::Trend, "Wasted a month", about).unit("currencyUSD").none("no rules").ask(
        series(
            "wasted",
            format!("sum({})", metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m")),
        ),
    )
}

pub(super) fn spend() -> Panel {
    let about = About {
        shows: "Dollars in 30 days for all requests to SQS, at the pace of the last half hour.",
        good: "it follows the traffic.",
        otherwise: "if it rises and the messages do not, look at Money below.",
    };
    Panel::new(Look::Trend, "Spend a month", about).unit("currencyUSD").none("no rules").ask(
        series(
            "spend",
            format!("sum({})", metric("job_queue:longshore_spend:usd_per_30d_rate30m")),
        ),
    )
}

pub(super) fn messages() -> Panel {
    let about = About {
        shows: "Messages that were handled and deleted, a second.",
        good: "what you expect of the hour.",
        otherwise: "none, with a backlog: look for stalled queues among the alerts.",
    };
    Panel::new(Look::Trend, "Messages a second", about).unit("mps").ask(series(
        "messages",
        format!("sum({})", metric("longshore_messages_total").with("result", "deleted").rate()),
    ))
}

pub(super) fn workers() -> Panel {
    let about = About {
        shows: "Worker processes that Prometheus scrapes.",
        good: "as many as you run.",
        otherwise: "the dashboard Shutdown and scaling shows who came and went.",
    };
    Panel::new(Look::Trend, "Workers", about)
        .none("none")
        .ask(series("workers", format!("count({})", metric("longshore_build_info"))))
}
