//! What the queue costs, and for what.

use crate::dashboards::look::Colour;
use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::pictures;
use crate::dashboards::promql::metric;
use crate::dashboards::query::{now, series};

pub(super) fn panels() -> Vec<Panel> {
    vec![spend_and_waste(), million(), requests(), each(), paces()]
}

fn spend_and_waste() -> Panel {
    let about = About {
        shows: "Dollars in 30 days at the pace of half an hour: all requests, those in vain, and how much may be in \
                vain before somebody is told.",
        good: "the waste lies below its budget.",
        otherwise: "runbook LongshorePollingWaste.",
    };
    pictures::spend_and_waste("Spend and waste", about).wide(6)
}

fn million() -> Panel {
    let about = About {
        shows: "Dollars for a million deleted messages, idle long polls not counted, and the objective.",
        good: "below the objective.",
        otherwise: "runbook LongshoreMessageCostHigh; the panels on the right say which requests it is.",
    };
    Panel::new(Look::Lines, "Cost of a million messages", about)
        .wide(6)
        .unit("currencyUSD")
        .none("no messages")
        .ask(
            series(
                "cost",
                format!("1e6 * max({})", metric("job_queue:longshore_message_cost:usd_rate30m")),
            )
            .solid(Colour::Blue),
        )
        .ask(
            series(
                "objective",
                format!("1e6 * min({})", metric("job_queue:longshore_message_cost_objective:usd")),
            )
            .dashed(),
        )
}

fn requests() -> Panel {
    let about = About {
        shows: "Requests a second as SQS bills them, by action.",
        good: "as many deletes as receives that brought something.",
        otherwise: "many receives: see Polling. Many changes of visibility: retries, or handlers that need \
                    heartbeats; a longer visibility timeout saves those.",
    };
    Panel::new(Look::Stack, "Billed requests", about).wide(6).unit("reqps").ask(series(
        "{{action}}",
        format!("sum by (action) ({})", metric("longshore_billed_requests_total").rate()),
    ))
}

fn each() -> Panel {
    let about = About {
        shows: "Billed requests for each deleted message, by action.",
        good: "0.2 in all under load: ten received and ten deleted at a time.",
        otherwise: "1 and more: messages travel alone. Look at the batches in Work in hand.",
    };
    Panel::new(Look::Stack, "Requests a message", about)
        .wide(6)
        .unit("none")
        .none("no messages")
        .ask(series(
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

fn paces() -> Panel {
    let about = About {
        shows: "Dollars in 30 days at the pace of half an hour, six hours and three days: all, in vain, and above \
                the message cost objective.",
        good: "the paces agree, waste is near $0, and what is over the objective is less than $0.",
        otherwise: "the half hour above the three days: it has become dearer. Below: it is over.",
    };
    let paces = Panel::new(Look::Numbers, "A month at the pace of …", about)
        .unit("currencyUSD")
        .none("no messages");
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
        paces.ask(now(name, format!("sum({dollars})")))
    })
}
