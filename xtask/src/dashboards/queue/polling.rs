//! How the queue is asked for messages, and what it answers.

use crate::dashboards::look::Colour;
use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::pictures;
use crate::dashboards::promql::metric;
use crate::dashboards::query::{buckets, series};
use longshore::telemetry::{LabelSet, ReceiveOutcome};

pub(super) fn panels() -> Vec<Panel> {
    vec![receives(), empties(), waited(), pollers(), refusals(), times(), sizes(), gathering()]
}

fn receives() -> Panel {
    let about = About {
        shows: "Receives a second, by how they ended.",
        good: "full and partial ones under load, three empty ones a minute for each poller without.",
        otherwise: "many empty ones: short polling. Errors: the panel of refused requests says which. Abandoned: \
                    a stop cut a poll off.",
    };
    Panel::new(Look::Stack, "Receives, by how they ended", about)
        .unit("reqps")
        .coloured(ReceiveOutcome::VALUES)
        .ask(series(
            "{{outcome}}",
            format!(
                "sum by (outcome) (
  {}
)",
                metric("longshore_receive_duration_seconds_count").rate()
            ),
        ))
}

fn empties() -> Panel {
    let about = About {
        shows: "Empty receives a second, and the fewest that the same time needs, had each waited its 20 seconds.",
        good: "both lines are one.",
        otherwise: "what lies between them is paid for nothing; the panel on the right says how long they wait.",
    };
    pictures::empty_receives("Empty receives", about)
}

fn waited() -> Panel {
    let about = About {
        shows: "How long an empty receive waited on average, what was configured, and the longest that SQS has.",
        good: "all three are 20 seconds.",
        otherwise: "near 0: short polling. Above 0 and below what is configured: something between the worker and \
                    SQS cuts polls off.",
    };
    Panel::new(Look::Lines, "Wait of an empty receive", about)
        .unit("s")
        .none("no empty receives")
        .ask(
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
            .solid(Colour::Orange),
        )
        .ask(
            series("configured", format!("min({})", metric("longshore_configured_wait_seconds")))
                .solid(Colour::Blue),
        )
        .ask(
            series(
                "longest",
                format!("max({})", metric("job_queue:longshore_long_poll_reference:seconds")),
            )
            .dashed(),
        )
}

fn pollers() -> Panel {
    let about = About {
        shows: "Poll loops that run, and slots that are free to receive into.",
        good: "one poller a worker while it is quiet, more under load.",
        otherwise: "no free slots: handlers are slower than messages come. No pollers: the workers stop, or wait \
                    for a handler that is not there.",
    };
    Panel::new(Look::Lines, "Pollers and free slots", about)
        .unit("short")
        .ask(series("pollers", format!("sum({})", metric("longshore_pollers"))).solid(Colour::Blue))
        .ask(series("free slots", format!("sum({})", metric("longshore_slots"))).solid(Colour::Sky))
}

fn refusals() -> Panel {
    let about = About {
        shows: "Requests a second that SQS, or the way to it, refused, by action and reason.",
        good: "zero.",
        otherwise: "throttled or unavailable goes away by itself; denied, missing and kms need somebody. The log \
                    has the error.",
    };
    Panel::new(Look::Stack, "Refused requests", about).unit("reqps").none("none").ask(series(
        "{{action}} {{result}}",
        format!(
            "sum by (action, result) (
  {}
) > 0",
            metric("longshore_api_requests_total").without("result", "ok").rate()
        ),
    ))
}

fn times() -> Panel {
    let about = About {
        shows: "How long receives took. Brighter is more of them.",
        good: "a band at 20 seconds while idle, one near zero under load.",
        otherwise: "a band at any other time is a wait that is too short, or a proxy that gives up.",
    };
    Panel::new(Look::Heatmap, "Time of a receive", about)
        .unit("s")
        .ask(buckets(&metric("longshore_receive_duration_seconds")))
}

fn sizes() -> Panel {
    let about = About {
        shows: "How many messages a receive brought. Brighter is more of them.",
        good: "a band at ten under load, one at zero while idle.",
        otherwise: "a band at one under load: each message is paid for by itself. A longer `gather` brings more \
                    together; fewer workers with more concurrency each do too.",
    };
    Panel::new(Look::Heatmap, "Messages a receive", about)
        .wide(12)
        .unit("none")
        .ask(buckets(&metric("longshore_receive_batch_size")))
}

fn gathering() -> Panel {
    let about = About {
        shows: "Seconds that poll loops waited, in each second, so that the next receive brings more: for messages \
                to come, and for slots to come free.",
        good: "some for messages where they come now and then, next to none where they are rare or many.",
        otherwise: "much of it for slots: handlers are slower than messages come. If messages may not wait at all, \
                    set `gather` to 0s and pay for it.",
    };
    Panel::new(Look::Lines, "Gathering", about).wide(12).unit("none").none("no gathering").ask(
        series(
            "for {{awaited}}",
            format!(
                "sum by (awaited) ({})",
                metric("longshore_gather_duration_seconds_sum").rate()
            ),
        ),
    )
}
