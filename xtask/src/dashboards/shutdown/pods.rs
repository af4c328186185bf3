//! Workers that come and go, and whether there are enough.

use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{EACH_QUEUE, series};
use crate::rules::BY_QUEUE;

pub(super) fn panels() -> Vec<Panel> {
    vec![versions(), drains(), full(), waiting()]
}

fn versions() -> Panel {
    let about = About {
        shows: "Workers that are scraped, by version.",
        good: "one version, but for the minutes of a roll-out.",
        otherwise: "two for long: the roll-out hangs.",
    };
    Panel::new(Look::Stack, "Workers, by version", about).wide(6).unit("none").none("none").ask(
        series(
            "{{version}} {{job}} {{namespace}} {{cluster}}",
            format!(
                "count by (cluster, namespace, job, version) ({})",
                metric("longshore_build_info")
            ),
        ),
    )
}

fn drains() -> Panel {
    let about = About {
        shows: "Workers that drain, for each job.",
        good: "short blocks, one for each deploy or scaling in.",
        otherwise: "long ones: handlers outlast the grace, or the last scrape is waited for in vain.",
    };
    Panel::new(Look::Stack, "Draining", about).wide(6).unit("none").ask(series(
        "{{job}} {{namespace}} {{cluster}}",
        format!("sum by (cluster, namespace, job) ({})", metric("longshore_draining")),
    ))
}

fn full() -> Panel {
    let about = About {
        shows: "Share of the time that could be spent in handlers, concurrency times seconds, that was, for each queue. \
                It is counted when a handler ends, so long ones come as peaks.",
        good: "below 80 % most of the time.",
        otherwise: "near 100 % with a backlog: scale out. Near 0 % all day: scale in.",
    };
    Panel::new(Look::Lines, "Handlers busy", about).wide(6).unit("percentunit").ask(series(
        EACH_QUEUE,
        format!(
            "sum by ({BY_QUEUE}) ({})
/
(sum by ({BY_QUEUE}) ({}) > 0)",
            metric("longshore_processing_duration_seconds_sum").rate(),
            metric("longshore_configured_concurrency")
        ),
    ))
}

fn waiting() -> Panel {
    let about = About {
        shows: "Messages that wait, for each worker of the queue: what to scale by.",
        good: "less than a worker handles in the time that messages may wait.",
        otherwise: "scale out by this, not by CPU: handlers mostly wait.",
    };
    Panel::new(Look::Lines, "Backlog a worker", about).wide(6).unit("short").ask(series(
        EACH_QUEUE,
        format!(
            "max by ({BY_QUEUE}) ({})
/
count by ({BY_QUEUE}) ({})",
            metric("longshore_backlog_messages").with("state", "visible"),
            metric("longshore_pollers")
        ),
    ))
}
