//! The story in two pictures: the empty receives of each queue, and their sum.

use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::pictures;
use crate::dashboards::promql::metric;
use crate::dashboards::query::{EACH_QUEUE, series};
use crate::rules::BY_QUEUE;

pub(super) fn panels() -> Vec<Panel> {
    vec![each(), all(), month()]
}

fn each() -> Panel {
    let about = About {
        shows: "Receives that brought no message, a second, for each queue.",
        good: "at most 0.05 for each poller: one in 20 seconds. It falls when traffic comes.",
        otherwise: "hundreds a second are short polling. Open the queue: its configured wait is not 20 s, or \
                    something cuts its polls off.",
    };
    Panel::new(Look::Lines, "Empty receives, each queue", about).wide(10).unit("reqps").ask(series(
        EACH_QUEUE,
        format!(
            "sum by ({BY_QUEUE}) (
  {}
)",
            metric("longshore_receive_duration_seconds_count").with("outcome", "empty").rate()
        ),
    ))
}

fn all() -> Panel {
    let about = About {
        shows: "The same of all queues together, and the fewest that there can be: had each waited its 20 seconds.",
        good: "both lines are one.",
        otherwise: "what lies between them is paid for nothing.",
    };
    pictures::empty_receives("Empty receives, all queues", about).wide(10)
}

fn month() -> Panel {
    let about = About {
        shows: "Empty receives in 30 days, at the present pace. SQS bills each like one that brings ten messages.",
        good: "130 thousand for each poller that idles.",
        otherwise: "a million costs $0.40 at list price. Billions have gone unseen for years.",
    };
    Panel::new(Look::Trend, "Empty receives a month", about).wide(4).high(8).unit("short").ask(
        series(
            "in 30 days",
            format!(
                "2592000 * sum(
  {}
)",
                metric("longshore_receive_duration_seconds_count").with("outcome", "empty").rate()
            ),
        ),
    )
}
