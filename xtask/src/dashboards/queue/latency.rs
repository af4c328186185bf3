//! How long messages wait, and how long they take.

use crate::dashboards::look::Colour;
use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::pictures;
use crate::dashboards::promql::{Selector, metric};
use crate::dashboards::query::{buckets, quantile};

fn handler_duration() -> Selector {
    metric("longshore_processing_duration_seconds")
}

fn queue_wait(delivery: &str) -> Selector {
    metric("longshore_queue_wait_seconds").with("delivery", delivery)
}

pub(super) fn panels() -> Vec<Panel> {
    vec![handler_times(), waits(), handler(), lag(), redelivered()]
}

fn handler_times() -> Panel {
    let about = About {
        shows: "How long handlers ran, however they ended. Brighter is more of them.",
        good: "one narrow band, below the latency threshold.",
        otherwise: "a second band is another kind of message, or a slow dependency. One at the handler's timeout \
                    are those that were stopped.",
    };
    Panel::new(Look::Heatmap, "Handler time", about)
        .wide(12)
        .unit("s")
        .ask(buckets(&handler_duration()))
}

fn waits() -> Panel {
    let about = About {
        shows: "How long messages waited from being sent to the start of their handler, first deliveries only.",
        good: "a band below the freshness threshold.",
        otherwise: "it climbs: a backlog. See whether slots are free, and add workers or concurrency.",
    };
    Panel::new(Look::Heatmap, "Lag", about).wide(12).unit("s").ask(buckets(&queue_wait("first")))
}

fn handler() -> Panel {
    let about = About {
        shows: "The time that half, and 99 of 100, handlers stayed below.",
        good: "both are flat.",
        otherwise: "if only the upper line rises, some messages are slow; if both do, all are.",
    };
    Panel::new(Look::Lines, "Handler time, quantiles", about)
        .unit("s")
        .none("no messages")
        .ask(quantile("0.5", "half", &handler_duration()).solid(Colour::Sky))
        .ask(quantile("0.99", "99 %", &handler_duration()).solid(Colour::Blue))
}

fn lag() -> Panel {
    let about = About {
        shows: "The wait that half, and 99 of 100, first deliveries stayed below.",
        good: "both are below the freshness threshold.",
        otherwise: "compare with the backlog: work comes faster than it is done.",
    };
    let first = queue_wait("first");
    Panel::new(Look::Lines, "Lag, quantiles", about)
        .unit("s")
        .none("no messages")
        .ask(quantile("0.5", "half", &first).solid(Colour::Sky))
        .ask(quantile("0.99", "99 %", &first).solid(Colour::Blue))
}

fn redelivered() -> Panel {
    let about = About {
        shows: "Redeliveries: how long after a message's first receive its handler starts once more, half and 99 of \
                100, and how long after it was sent.",
        good: "seconds: back-offs that work.",
        otherwise: "minutes: handlers fail again and again. Near the visibility timeout: a worker was killed, and \
                    the message came back only when its time was up.",
    };
    let since_sent = quantile("0.5", "since sent, half", &queue_wait("redelivery"));
    pictures::redelivery_delay(about).ask(since_sent.solid(Colour::Grey))
}
