//! The polling of the queue and what its requests cost.

use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{buckets, instant, series};
use crate::dashboards::shared_panels;
use crate::dashboards::style::Color;
use longshore::telemetry::{LabelSet, ReceiveOutcome};

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
        shows: "Receives a second, by how they ended.",
        good: "full and partial ones under load, three empty ones a minute for each poller without.",
        otherwise: "many empty ones: short polling. Errors: the panel of refused requests says which. Abandoned: \
                    a stop cut a poll off.",
    };
    Panel::new(PanelKind::StackedAreas, "Receives, by how they ended", description)
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
        shows: "Empty receives a second, and the fewest that the same time needs, had each waited its 20 seconds.",
        good: "both lines are one.",
        otherwise: "what lies between them is paid for nothing; the panel on the right says how long they wait.",
    };
    shared_panels::empty_receives("Empty receives", description)
}

fn empty_receive_wait() -> Panel {
    let description = Description {
        shows: "How long an empty receive waited on average, what was configured, and the longest that SQS has.",
        good: "all three are 20 seconds.",
        otherwise: "near 0: short polling. Above 0 and below what is configured: something between the worker and \
                    SQS cuts polls off.",
    };
    Panel::new(PanelKind::Lines, "Wait of an empty receive", description)
        .unit("s")
        .no_value("no empty receives")
        .query(
            series(
                "waited",
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
                "longest",
                format!("max({})", metric("job_queue:longshore_long_poll_reference:seconds")),
            )
            .dashed(),
        )
}

fn poll_loops() -> Panel {
    let description = Description {
        shows: "Poll loops that run, and slots that are free to receive into.",
        good: "one poller a worker while it is quiet, more under load.",
        otherwise: "no free slots: handlers are slower than messages come. No pollers: the workers stop, or wait \
                    for a handler that is not there.",
    };
    Panel::new(PanelKind::Lines, "Pollers and free slots", description)
        .unit("short")
        .query(
            series("pollers", format!("sum({})", metric("longshore_pollers"))).color(Color::Blue),
        )
        .query(
            series("free slots", format!("sum({})", metric("longshore_slots"))).color(Color::Sky),
        )
}

fn failed_requests() -> Panel {
    let description = Description {
        shows: "Requests a second that SQS, or the way to it, refused, by action and reason.",
        good: "zero.",
        otherwise: "throttled or unavailable goes away by itself; denied, missing and kms need somebody. The log \
                    has the error.",
    };
    Panel::new(PanelKind::StackedAreas, "Refused requests", description)
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
        shows: "How long receives took. Brighter is more of them.",
        good: "a band at 20 seconds while idle, one near zero under load.",
        otherwise: "a band at any other time is a wait that is too short, or a proxy that gives up.",
    };
    Panel::new(PanelKind::Heatmap, "Time of a receive", description)
        .unit("s")
        .query(buckets(&metric("longshore_receive_duration_seconds")))
}

fn messages_per_receive() -> Panel {
    let description = Description {
        shows: "How many messages a receive brought. Brighter is more of them.",
        good: "a band at ten under load, one at zero while idle.",
        otherwise: "a band at one under load: each message is paid for by itself. A longer `gather` brings more \
                    together; fewer workers with more concurrency each do too.",
    };
    Panel::new(PanelKind::Heatmap, "Messages a receive", description)
        .width(12)
        .unit("none")
        .query(buckets(&metric("longshore_receive_batch_size")))
}

fn gather_time() -> Panel {
    let description = Description {
        shows: "Seconds that poll loops waited, in each second, so that the next receive brings more: for messages \
                to come, and for slots to come free.",
        good: "some for messages where they come now and then, next to none where they are rare or many.",
        otherwise: "much of it for slots: handlers are slower than messages come. If messages may not wait at all, \
                    set `gather` to 0s and pay for it.",
    };
    Panel::new(PanelKind::Lines, "Gathering", description)
        .width(12)
        .unit("none")
        .no_value("no gathering")
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
        "Money",
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
        shows: "Dollars in 30 days at the pace of half an hour: all requests, those in vain, and how much may be in \
                vain before somebody is told.",
        good: "the waste lies below its budget.",
        otherwise: "runbook LongshorePollingWaste.",
    };
    shared_panels::spend_and_waste("Spend and waste", description).width(6)
}

fn message_cost() -> Panel {
    let description = Description {
        shows: "Dollars for a million deleted messages, idle long polls not counted, and the objective.",
        good: "below the objective.",
        otherwise: "runbook LongshoreMessageCostHigh; the panels on the right say which requests it is.",
    };
    Panel::new(PanelKind::Lines, "Cost of a million messages", description)
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
        shows: "Requests a second as SQS bills them, by action.",
        good: "as many deletes as receives that brought something.",
        otherwise: "many receives: see Polling. Many changes of visibility: retries, or handlers that need \
                    heartbeats; a longer visibility timeout saves those.",
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
        shows: "Billed requests for each deleted message, by action.",
        good: "0.2 in all under load: ten received and ten deleted at a time.",
        otherwise: "1 and more: messages travel alone. Look at the batches in Work in hand.",
    };
    Panel::new(PanelKind::StackedAreas, "Requests a message", description)
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
        shows: "Dollars in 30 days at the pace of half an hour, six hours and three days: all, in vain, and above \
                the message cost objective.",
        good: "the paces agree, waste is near $0, and what is over the objective is less than $0.",
        otherwise: "the half hour above the three days: it has become dearer. Below: it is over.",
    };
    let paces = Panel::new(PanelKind::StatList, "A month at the pace of …", description)
        .unit("currencyUSD")
        .no_value("no messages");
    [
        ("spend, 30 m", "spend", "30m"),
        ("6 h", "spend", "6h"),
        ("3 d", "spend", "3d"),
        ("wasted, 30 m", "wasted_spend", "30m"),
        ("wasted, 6 h", "wasted_spend", "6h"),
        ("wasted, 3 d", "wasted_spend", "3d"),
        ("over objective, 6 h", "message_overspend", "6h"),
    ]
    .iter()
    .fold(paces, |paces, (name, what, pace)| {
        let dollars = metric(format!("job_queue:longshore_{what}:usd_per_30d_rate{pace}"));
        paces.query(instant(name, format!("sum({dollars})")))
    })
}
