//! How long messages wait, and how long they take.

use crate::dashboards::look::Colour;
use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::query::{buckets, quantile, series};

const HANDLER: &str = "longshore_processing_duration_seconds";
const WAIT: &str = "longshore_queue_wait_seconds";

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
    Panel::new(Look::Heatmap, "Handler time", about).wide(12).unit("s").ask(buckets(HANDLER, ""))
}

fn waits() -> Panel {
    let about = About {
        shows: "How long messages waited from being sent to the start of their handler, first deliveries only.",
        good: "a band below the freshness threshold.",
        otherwise: "it climbs: a backlog. See whether slots are free, and add workers or concurrency.",
    };
    Panel::new(Look::Heatmap, "Lag", about)
        .wide(12)
        .unit("s")
        .ask(buckets(WAIT, r#", delivery="first""#))
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
        .ask(quantile("0.5", "half", HANDLER, "").solid(Colour::Sky))
        .ask(quantile("0.99", "99 %", HANDLER, "").solid(Colour::Blue))
}

fn lag() -> Panel {
    let about = About {
        shows: "The wait that half, and 99 of 100, first deliveries stayed below.",
        good: "both are below the freshness threshold.",
        otherwise: "compare with the backlog: work comes faster than it is done.",
    };
    let first = r#", delivery="first""#;
    Panel::new(Look::Lines, "Lag, quantiles", about)
        .unit("s")
        .none("no messages")
        .ask(quantile("0.5", "half", WAIT, first).solid(Colour::Sky))
        .ask(quantile("0.99", "99 %", WAIT, first).solid(Colour::Blue))
}

fn redelivered() -> Panel {
    let about = About {
        shows: "Redeliveries: how long after a message's first receive its handler starts once more, half and 99 of \
                100; and their share of all deliveries.",
        good: "a share near 0 %.",
        otherwise: "long times with a small share are back-offs that work. A large share: handlers fail, or \
                    workers are killed.",
    };
    let delay = "longshore_redelivery_delay_seconds";
    Panel::new(Look::Lines, "Delay of redeliveries", about)
        .unit("s")
        .none("no redeliveries")
        .ask(quantile("0.5", "half", delay, "").solid(Colour::Sky))
        .ask(quantile("0.99", "99 %", delay, "").solid(Colour::Blue))
        .ask(series(
            "since sent, half",
            r#"histogram_quantile(0.5, sum by (le) (rate(longshore_queue_wait_seconds_bucket{@, delivery="redelivery"}[$__rate_interval])))
and on () (sum(rate(longshore_queue_wait_seconds_count{@, delivery="redelivery"}[$__rate_interval])) > 0)"#,
        ).solid(Colour::Grey))
}
