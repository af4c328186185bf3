//! The messages of the queue: how long they take, and how they are settled.

use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::{Selector, metric};
use crate::dashboards::query::{buckets, quantile, series};
use crate::dashboards::shared_panels;
use crate::dashboards::style::Color;
use longshore::telemetry::{LabelSet, Settled};

fn handler_duration() -> Selector {
    metric("longshore_processing_duration_seconds")
}

fn queue_wait(delivery: &str) -> Selector {
    metric("longshore_queue_wait_seconds").with("delivery", delivery)
}

pub(super) fn latency() -> Section {
    section(
        "Latency and lag",
        vec![
            handler_time_heatmap(),
            lag_heatmap(),
            handler_time_quantiles(),
            lag_quantiles(),
            redelivery_delay(),
        ],
    )
}

fn handler_time_heatmap() -> Panel {
    let description = Description {
        shows: "How long handlers ran, however they ended. Brighter is more of them.",
        good: "one narrow band, below the latency threshold.",
        otherwise: "a second band is another kind of message, or a slow dependency. One at the handler's timeout \
                    are those that were stopped.",
    };
    Panel::new(PanelKind::Heatmap, "Handler time", description)
        .width(12)
        .unit("s")
        .query(buckets(&handler_duration()))
}

fn lag_heatmap() -> Panel {
    let description = Description {
        shows: "How long messages waited from being sent to the start of their handler, first deliveries only.",
        good: "a band below the freshness threshold.",
        otherwise: "it climbs: a backlog. See whether slots are free, and add workers or concurrency.",
    };
    Panel::new(PanelKind::Heatmap, "Lag", description)
        .width(12)
        .unit("s")
        .query(buckets(&queue_wait("first")))
}

fn handler_time_quantiles() -> Panel {
    let description = Description {
        shows: "The time that half, and 99 of 100, handlers stayed below.",
        good: "both are flat.",
        otherwise: "if only the upper line rises, some messages are slow; if both do, all are.",
    };
    Panel::new(PanelKind::Lines, "Handler time, quantiles", description)
        .unit("s")
        .no_value("no messages")
        .query(quantile("0.5", "half", &handler_duration()).color(Color::Sky))
        .query(quantile("0.99", "99 %", &handler_duration()).color(Color::Blue))
}

fn lag_quantiles() -> Panel {
    let description = Description {
        shows: "The wait that half, and 99 of 100, first deliveries stayed below.",
        good: "both are below the freshness threshold.",
        otherwise: "compare with the backlog: work comes faster than it is done.",
    };
    let first = queue_wait("first");
    Panel::new(PanelKind::Lines, "Lag, quantiles", description)
        .unit("s")
        .no_value("no messages")
        .query(quantile("0.5", "half", &first).color(Color::Sky))
        .query(quantile("0.99", "99 %", &first).color(Color::Blue))
}

fn redelivery_delay() -> Panel {
    let description = Description {
        shows: "Redeliveries: how long after a message's first receive its handler starts once more, half and 99 of \
                100, and how long after it was sent.",
        good: "seconds: back-offs that work.",
        otherwise: "minutes: handlers fail again and again. Near the visibility timeout: a worker was killed, and \
                    the message came back only when its time was up.",
    };
    let since_sent = quantile("0.5", "since sent, half", &queue_wait("redelivery"));
    shared_panels::redelivery_delay(description).query(since_sent.color(Color::Grey))
}

pub(super) fn work() -> Section {
    section(
        "Work in hand",
        vec![
            settled_messages(),
            handler_failures(),
            handler_time_by_outcome(),
            backlog_by_state(),
            in_flight(),
            batch_size(),
            heartbeats(),
            deliveries(),
        ],
    )
}

fn settled_messages() -> Panel {
    let description = Description {
        shows: "Receives of messages that came to an end, a second, by what became of them.",
        good: "nearly all are deleted.",
        otherwise: "retried and rejected: see how handlers fail. lease_lost: a message was handled twice, runbook \
                    LongshoreLeasesLost. abandoned: SQS was never told.",
    };
    Panel::new(PanelKind::StackedAreas, "What became of messages", description)
        .width(6)
        .unit("mps")
        .fixed_colors(Settled::VALUES)
        .query(series(
            "{{result}}",
            format!("sum by (result) ({})", metric("longshore_messages_total").rate()),
        ))
}

fn handler_failures() -> Panel {
    let description = Description {
        shows: "Messages that their handler failed, a second, by how.",
        good: "none, or few retries.",
        otherwise: "retry and reject are the handler's word; timed_out, panicked and unavailable are the worker's. \
                    The log has each with its reason.",
    };
    Panel::new(PanelKind::StackedAreas, "Handler failures", description)
        .width(6)
        .unit("mps")
        .no_value("none")
        .query(series(
            "{{kind}}",
            format!("sum by (kind) ({})", metric("longshore_handler_errors_total").rate()),
        ))
}

fn handler_time_by_outcome() -> Panel {
    let description = Description {
        shows: "Seconds that handlers ran, for each second, counted when they end and by how they ended: the \
                concurrency that each takes.",
        good: "done takes nearly all of it.",
        otherwise: "time in timed_out is lost: the handler's timeout is too short, or what it calls hangs.",
    };
    Panel::new(PanelKind::StackedAreas, "Handler time, by ending", description)
        .width(6)
        .unit("short")
        .query(series(
            "{{outcome}}",
            format!(
                "sum by (outcome) (
  {}
)",
                metric("longshore_processing_duration_seconds_sum").rate()
            ),
        ))
}

fn backlog_by_state() -> Panel {
    let description = Description {
        shows: "Messages in the queue, as SQS last told: waiting, with some consumer, and delayed.",
        good: "the waiting ones go back to zero between bursts.",
        otherwise: "it only rises: more workers, or more concurrency. Many in flight that are not here: another \
                    consumer has them, or they wait for a visibility timeout.",
    };
    Panel::new(PanelKind::Lines, "Backlog, by place", description).width(6).unit("short").query(
        series("{{state}}", format!("max by (state) ({})", metric("longshore_backlog_messages"))),
    )
}

fn in_flight() -> Panel {
    let description = Description {
        shows: "Messages in the workers' hands: all, those that no handler has yet, and how many may be handled at \
                once.",
        good: "below the dashed line, with few held.",
        otherwise: "at the dashed line for long, the workers are full: add some. For a moment it may be above, for a \
                    message is in flight until SQS has confirmed its end. Many held: handlers do not start.",
    };
    Panel::new(PanelKind::Lines, "In flight and held", description)
        .width(6)
        .unit("short")
        .query(
            series("in flight", format!("sum({})", metric("longshore_messages_in_flight")))
                .color(Color::Blue),
        )
        .query(
            series("held", format!("sum({})", metric("longshore_messages_held")))
                .color(Color::Orange),
        )
        .query(
            series("concurrency", format!("sum({})", metric("longshore_configured_concurrency")))
                .dashed(),
        )
}

fn batch_size() -> Panel {
    let description = Description {
        shows: "Messages that travel together, on average: in a receive that brought any, in a delete, in a change \
                of visibility. Ten is the most.",
        good: "near ten under load; one when messages come one by one.",
        otherwise: "low under load: too few free slots, or too short a `delete_linger`. Each batch of one costs as \
                    much as one of ten.",
    };
    Panel::new(PanelKind::Lines, "Batch fill", description)
        .width(6)
        .unit("none")
        .no_value("no messages")
        .query(
            series(
                "receive",
                format!(
                    "sum({})
/
(sum(
  {}
) > 0)",
                    metric("longshore_messages_received_total").rate(),
                    metric("longshore_receive_duration_seconds_count")
                        .matching("outcome", "full|partial")
                        .rate()
                ),
            )
            .color(Color::Blue),
        )
        .query(series(
            "{{action}}",
            format!(
                "sum by (action) ({})
/
(sum by (action) ({}) > 0)",
                metric("longshore_settle_batch_size_sum").rate(),
                metric("longshore_settle_batch_size_count").rate()
            ),
        ))
}

fn heartbeats() -> Panel {
    let description = Description {
        shows: "Extensions of visibility timeouts a second, by how they ended. Each ten are a billed request.",
        good: "none where handlers are quick.",
        otherwise: "many extended: a longer `visibility` is cheaper. lost: another consumer has the message.",
    };
    Panel::new(PanelKind::StackedAreas, "Heartbeats", description)
        .width(6)
        .unit("cps")
        .no_value("none")
        .query(series(
            "{{result}}",
            format!("sum by (result) ({})", metric("longshore_heartbeats_total").rate()),
        ))
}

fn deliveries() -> Panel {
    let description = Description {
        shows: "Messages received a second: delivered for the first time, and once more.",
        good: "redeliveries are few.",
        otherwise: "redeliveries without handler failures are messages that a worker took with it: see Shutdown \
                    and scaling.",
    };
    Panel::new(PanelKind::StackedAreas, "Deliveries", description).width(6).unit("mps").query(
        series(
            "{{delivery}}",
            format!("sum by (delivery) ({})", metric("longshore_messages_received_total").rate()),
        ),
    )
}
