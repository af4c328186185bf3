//! What comes, fails and waits.

use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{EACH_QUEUE, series};
use crate::rules::BY_QUEUE;

pub(super) fn panels() -> Vec<Panel> {
    vec![messages(), failures(), backlog()]
}

fn messages() -> Panel {
    let about = About {
        shows: "Messages that were handled and deleted, a second, for each queue.",
        good: "what you expect of the hour.",
        otherwise: "a queue at zero while its backlog grows does not work.",
    };
    Panel::new(Look::Lines, "Messages, each queue", about).unit("mps").ask(series(
        EACH_QUEUE,
        format!(
            "sum by ({BY_QUEUE}) ({})",
            metric("longshore_messages_total").with("result", "deleted").rate()
        ),
    ))
}

fn failures() -> Panel {
    let about = About {
        shows: "Messages that their handler failed, a second, for each queue. Most will be tried again.",
        good: "near zero.",
        otherwise: "the log of the worker names each; the queue's dashboard says how they fail.",
    };
    Panel::new(Look::Lines, "Failures, each queue", about).unit("mps").ask(series(
        EACH_QUEUE,
        format!("sum by ({BY_QUEUE}) ({})", metric("longshore_handler_errors_total").rate()),
    ))
}

fn backlog() -> Panel {
    let about = About {
        shows: "Messages that wait in each queue, as SQS last told.",
        good: "it goes back to zero between bursts.",
        otherwise: "if it only rises, there are too few workers or slots.",
    };
    Panel::new(Look::Lines, "Backlog, each queue", about).unit("short").ask(series(
        EACH_QUEUE,
        format!(
            "max by ({BY_QUEUE}) ({})",
            metric("longshore_backlog_messages").with("state", "visible")
        ),
    ))
}
