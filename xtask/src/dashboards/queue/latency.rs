//! How long messages wait, and how long their handlers run.

use crate::dashboards::dashboard::{Section, collapsed, section};
use crate::dashboards::panel::{Axis, Description, Panel, PanelKind};
use crate::dashboards::promql::{Selector, metric};
use crate::dashboards::query::{buckets, quantile, traced_buckets, traced_quantile};
use crate::dashboards::shared_panels;
use crate::dashboards::style::Color;

fn handler_duration() -> Selector {
    metric("longshore_processing_duration_seconds")
}

fn queue_wait(delivery: &str) -> Selector {
    metric("longshore_queue_wait_seconds").with("delivery", delivery)
}

pub(super) fn latency() -> Section {
    section(
        "Handler time and queue wait",
        vec![handler_time_quantiles(), queue_wait_quantiles(), redelivery_delay()],
    )
}

pub(super) fn distributions() -> Section {
    collapsed(
        "Distributions",
        vec![
            handler_time_heatmap(),
            queue_wait_heatmap(),
            receive_duration(),
            messages_per_receive(),
        ],
    )
}

fn handler_time_quantiles() -> Panel {
    let description = Description {
        shows: "The p50 and the p99 of the handler duration. Dots are single messages with their \
            traces, if Prometheus stores exemplars.",
        good: "Both lines are flat.",
        otherwise: "If only p99 rises, a few messages are slow. If both rise, all messages are \
            slow. Click a dot near p99 to open the trace of that message.",
    };
    Panel::new(PanelKind::Lines, "p50 and p99 handler time", description)
        .unit("s")
        .axis(Axis::Logarithmic)
        .no_value("no messages")
        .query(traced_quantile("0.5", "p50", &handler_duration()).color(Color::Sky))
        .query(traced_quantile("0.99", "p99", &handler_duration()).color(Color::Blue))
}

fn queue_wait_quantiles() -> Panel {
    let description = Description {
        shows: "The p50 and the p99 of the time from sending a message to the start of its \
            handler, for first deliveries. Dots are single messages with their traces.",
        good: "Both lines are below the freshness threshold.",
        otherwise: "Compare with the backlog: messages arrive faster than the workers process \
            them.",
    };
    let first = queue_wait("first");
    Panel::new(PanelKind::Lines, "p50 and p99 queue wait", description)
        .unit("s")
        .axis(Axis::Logarithmic)
        .no_value("no messages")
        .query(traced_quantile("0.5", "p50", &first).color(Color::Sky))
        .query(traced_quantile("0.99", "p99", &first).color(Color::Blue))
}

fn redelivery_delay() -> Panel {
    let description = Description {
        shows: "For redelivered messages: the p50 and p99 of the time from the first receive to \
            the start of the handler, and the p50 of the time since sending.",
        good: "Seconds, which is the time of a back-off.",
        otherwise: "Minutes mean that handlers fail repeatedly. A value near the visibility \
            timeout means that a worker was killed, and SQS redelivered the message only after the \
            timeout.",
    };
    let since_sent = quantile("0.5", "p50 since sending", &queue_wait("redelivery"));
    shared_panels::redelivery_delay(description).query(since_sent.color(Color::Grey))
}

fn handler_time_heatmap() -> Panel {
    let description = Description {
        shows: "Duration of handlers with any outcome. A brighter color means more messages.",
        good: "One narrow band, below the latency threshold.",
        otherwise: "A second band means another kind of message or a slow dependency. A band at \
            the handler timeout means handlers that timed out.",
    };
    Panel::new(PanelKind::Heatmap, "Handler time distribution", description)
        .width(12)
        .unit("s")
        .query(traced_buckets(&handler_duration()))
}

fn queue_wait_heatmap() -> Panel {
    let description = Description {
        shows: "Time from sending a message to the start of its handler, for first deliveries. A \
            brighter color means more messages.",
        good: "A band below the freshness threshold.",
        otherwise: "If the band rises, a backlog builds up. Check for free slots, and add workers \
            or raise `concurrency`.",
    };
    Panel::new(PanelKind::Heatmap, "Queue wait distribution", description)
        .width(12)
        .unit("s")
        .query(traced_buckets(&queue_wait("first")))
}

fn receive_duration() -> Panel {
    let description = Description {
        shows: "Duration of receives. A brighter color means more receives.",
        good: "A band at 20 seconds while the queue is idle, and a band near zero under load.",
        otherwise: "A band at another duration means that the wait is too short, or that a proxy \
            closes the connection.",
    };
    Panel::new(PanelKind::Heatmap, "Receive duration distribution", description)
        .width(12)
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
