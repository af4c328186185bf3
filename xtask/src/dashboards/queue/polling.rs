//! The polling of the queue and what its requests cost.

use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{buckets, instant, series};
use crate::dashboards::shared_panels;
use crate::dashboards::style::Color;
use longshore::label::LabelSet;
use longshore::outcome::ReceiveOutcome;

pub(super) fn polling() -> Section {
    section(
        "Polling",
        vec![
            receives(),
            empty_receives(),
            empty_receive_wait(),
            poll_loops(),
            failed_requests(),
            receive_duration(),
            messages_per_receive(),
            gather_time(),
        ],
    )
}

fn receives() -> Panel {
    let description = Description {
        shows: "Receives per second, by outcome.",
        good: "Full and partial receives under load. Without load, three empty receives per minute \
            and poll loop.",
        otherwise: "Many empty receives mean short polling. For errors, read the graph Failed SQS \
            requests by reason. Abandoned: a shutdown interrupted the receive.",
    };
    Panel::new(PanelKind::StackedAreas, "Receives by outcome", description)
        .unit("reqps")
        .fixed_colors(ReceiveOutcome::VALUES)
        .query(series(
            "{{outcome}}",
            format!(
                "sum by (outcome) (
  {}
)",
                metric("longshore_receive_duration_seconds_count").rate()
            ),
        ))
}

fn empty_receives() -> Panel {
    let description = Description {
        shows: "Empty receives per second, and the minimum: the number if each receive had waited \
            20 seconds.",
        good: "Both lines are equal.",
        otherwise: "The difference between the lines is avoidable cost. The graph Average wait of \
            empty receives shows how long they waited.",
    };
    shared_panels::empty_receives("Empty receives", description)
}

fn empty_receive_wait() -> Panel {
    let description = Description {
        shows: "The average duration of an empty receive, the configured wait, and the longest \
            wait that SQS supports.",
        good: "All three are 20 seconds.",
        otherwise: "Near 0 means short polling. Between 0 and the configured wait, something \
            between the worker and SQS ends the long polls early.",
    };
    Panel::new(PanelKind::Lines, "Average wait of empty receives", description)
        .unit("s")
        .no_value("no empty receives")
        .query(
            series(
                "average",
                format!(
                    "sum(
  {}
)
/
(sum(
  {}
) > 0)",
                    metric("longshore_receive_duration_seconds_sum")
                        .with("outcome", "empty")
                        .rate(),
                    metric("longshore_receive_duration_seconds_count")
                        .with("outcome", "empty")
                        .rate()
                ),
            )
            .color(Color::Orange),
        )
        .query(
            series("configured", format!("min({})", metric("longshore_configured_wait_seconds")))
                .color(Color::Blue),
        )
        .query(
            series(
                "maximum of SQS",
                format!("max({})", metric("job_queue:longshore_long_poll_reference:seconds")),
            )
            .dashed(),
        )
}

fn poll_loops() -> Panel {
    let description = Description {
        shows: "Running poll loops, and handler slots that are free.",
        good: "One poll loop per worker while the queue is quiet, and more under load.",
        otherwise: "No free slots: messages arrive faster than handlers process them. No poll \
            loops: the workers are stopping, or polling is paused because the handler is \
            unreachable.",
    };
    Panel::new(PanelKind::Lines, "Poll loops and free slots", description)
        .unit("short")
        .query(
            series("poll loops", format!("sum({})", metric("longshore_pollers")))
                .color(Color::Blue),
        )
        .query(
            series("free slots", format!("sum({})", metric("longshore_slots"))).color(Color::Sky),
        )
}

fn failed_requests() -> Panel {
    let description = Description {
        shows: "Requests per second that failed in SQS or on the way to it, by action and reason.",
        good: "Zero.",
        otherwise: "`throttled` and `unavailable` usually end without action. An operator must fix \
            `denied`, `missing` and `kms`. The log has the error.",
    };
    Panel::new(PanelKind::StackedAreas, "Failed SQS requests by reason", description)
        .unit("reqps")
        .no_value("none")
        .query(series(
            "{{action}} {{result}}",
            format!(
                "sum by (action, result) (
  {}
) > 0",
                metric("longshore_api_requests_total").without("result", "ok").rate()
            ),
        ))
}

fn receive_duration() -> Panel {
    let description = Description {
        shows: "Duration of receives. A brighter color means more receives.",
        good: "A band at 20 seconds while the queue is idle, and a band near zero under load.",
        otherwise: "A band at another duration means that the wait is too short, or that a proxy \
            closes the connection.",
    };
    Panel::new(PanelKind::Heatmap, "Receive duration distribution", description)
        .unit("s")
        .query(buckets(&metric("longshore_receive_duration_seconds")))
}

fn messages_per_receive() -> Panel {
    let description = Description {
        shows: "Number of messages that a receive returned. A brighter color means more receives.",
        good: "A band at ten under load, and a band at zero while the queue is idle.",
        otherwise: "A band at one under load means that SQS bills one receive for each message. \
            Raise `gather`, or run fewer workers with a higher `concurrency`.",
    };
    Panel::new(PanelKind::Heatmap, "Messages per receive", description)
        .width(12)
        .unit("none")
        .query(buckets(&metric("longshore_receive_batch_size")))
}

fn gather_time() -> Panel {
    let description = Description {
        shows: "Seconds per second that poll loops waited before the next receive, so that it \
            returns more messages. They wait for messages to arrive or for slots to become free.",
        good: "Time for messages at moderate traffic. Nearly none if messages are rare or the queue \
            has a backlog.",
        otherwise: "Much time for slots means that messages arrive faster than handlers process \
            them. If no message may wait, set `gather` to 0s. The cost per message rises.",
    };
    Panel::new(PanelKind::Lines, "Gather time", description)
        .width(12)
        .unit("none")
        .no_value("no gather time")
        .query(series(
            "for {{awaited}}",
            format!(
                "sum by (awaited) ({})",
                metric("longshore_gather_duration_seconds_sum").rate()
            ),
        ))
}

pub(super) fn cost() -> Section {
    section(
        "Cost",
        vec![
            spend_and_waste(),
            message_cost(),
            billed_requests(),
            requests_per_message(),
            dollars_per_month(),
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
    shared_panels::spend_and_waste("Spend and waste per month", description).width(6)
}

fn message_cost() -> Panel {
    let description = Description {
        shows: "Dollars per million deleted messages, and the objective. Full long polls of an \
            idle queue do not count.",
        good: "Below the objective.",
        otherwise: "Follow the runbook LongshoreMessageCostHigh. The graph Billed requests per \
            message shows which requests cause the cost.",
    };
    Panel::new(PanelKind::Lines, "Cost per million messages vs objective", description)
        .width(6)
        .unit("currencyUSD")
        .no_value("no messages")
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

fn billed_requests() -> Panel {
    let description = Description {
        shows: "Billed requests per second, by action.",
        good: "The number of deletes is near the number of receives that returned messages.",
        otherwise: "Many receives: read the row Polling. Many `change_visibility` requests: \
            messages are retried, or handlers need heartbeats. A longer `visibility` saves \
            heartbeats.",
    };
    Panel::new(PanelKind::StackedAreas, "Billed requests", description)
        .width(6)
        .unit("reqps")
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
        .width(6)
        .unit("none")
        .no_value("no messages")
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

fn dollars_per_month() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days at the rate of the last 30 minutes, 6 hours and 3 days: all \
            requests, waste, and the amount above the objective for the cost per message.",
        good: "The values of the windows are similar, the waste is near $0, and the amount above \
            the objective is below $0.",
        otherwise: "If the value of 30 minutes is above the value of 3 days, the cost has risen. \
            If it is below, the cost has fallen.",
    };
    let paces = Panel::new(PanelKind::StatList, "Dollars per month by window", description)
        .unit("currencyUSD")
        .no_value("no messages");
    [
        ("spend, 30 min", "spend", "30m"),
        ("spend, 6 h", "spend", "6h"),
        ("spend, 3 d", "spend", "3d"),
        ("waste, 30 min", "wasted_spend", "30m"),
        ("waste, 6 h", "wasted_spend", "6h"),
        ("waste, 3 d", "wasted_spend", "3d"),
        ("above objective, 6 h", "message_overspend", "6h"),
    ]
    .iter()
    .fold(paces, |paces, (name, what, pace)| {
        let dollars = metric(format!("job_queue:longshore_{what}:usd_per_30d_rate{pace}"));
        paces.query(instant(name, format!("sum({dollars})")))
    })
}
