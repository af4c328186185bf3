//! What is in the queue and in the workers' hands, and what becomes of it.

use crate::dashboards::look::Colour;
use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::promql::metric;
use crate::dashboards::query::series;
use longshore::telemetry::{LabelSet, Settled};

pub(super) fn panels() -> Vec<Panel> {
    vec![
        fates(),
        failures(),
        endings(),
        backlog(),
        in_hand(),
        batches(),
        heartbeats(),
        deliveries(),
    ]
}

fn fates() -> Panel {
    let about = About {
        shows: "Receives of messages that came to an end, a second, by what became of them.",
        good: "nearly all are deleted.",
        otherwise: "retried and rejected: see how handlers fail. lease_lost: a message was handled twice, runbook \
                    LongshoreLeasesLost. abandoned: SQS was never told.",
    };
    Panel::new(Look::Stack, "What became of messages", about)
        .wide(6)
        .unit("mps")
        .coloured(Settled::VALUES)
        .ask(series(
            "{{result}}",
            format!("sum by (result) ({})", metric("longshore_messages_total").rate()),
        ))
}

fn failures() -> Panel {
    let about = About {
        shows: "Messages that their handler failed, a second, by how.",
        good: "none, or few retries.",
        otherwise: "retry and reject are the handler's word; timed_out, panicked and unavailable are the worker's. \
                    The log has each with its reason.",
    };
    Panel::new(Look::Stack, "Handler failures", about).wide(6).unit("mps").none("none").ask(series(
        "{{kind}}",
        format!("sum by (kind) ({})", metric("longshore_handler_errors_total").rate()),
    ))
}

fn endings() -> Panel {
    let about = About {
        shows: "Seconds that handlers ran, for each second, counted when they end and by how they ended: the \
                concurrency that each takes.",
        good: "done takes nearly all of it.",
        otherwise: "time in timed_out is lost: the handler's timeout is too short, or what it calls hangs.",
    };
    Panel::new(Look::Stack, "Handler time, by ending", about).wide(6).unit("short").ask(series(
        "{{outcome}}",
        format!(
            "sum by (outcome) (
  {}
)",
            metric("longshore_processing_duration_seconds_sum").rate()
        ),
    ))
}

fn backlog() -> Panel {
    let about = About {
        shows: "Messages in the queue, as SQS last told: waiting, with some consumer, and delayed.",
        good: "the waiting ones go back to zero between bursts.",
        otherwise: "it only rises: more workers, or more concurrency. Many in flight that are not here: another \
                    consumer has them, or they wait for a visibility timeout.",
    };
    Panel::new(Look::Lines, "Backlog, by place", about).wide(6).unit("short").ask(series(
        "{{state}}",
        format!("max by (state) ({})", metric("longshore_backlog_messages")),
    ))
}

fn in_hand() -> Panel {
    let about = About {
        shows: "Messages in the workers' hands: all, those that no handler has yet, and how many may be handled at \
                once.",
        good: "below the dashed line, with few held.",
        otherwise: "at the dashed line for long, the workers are full: add some. For a moment it may be above, for a \
                    message is in flight until SQS has confirmed its end. Many held: handlers do not start.",
    };
    Panel::new(Look::Lines, "In flight and held", about)
        .wide(6)
        .unit("short")
        .ask(
            series("in flight", format!("sum({})", metric("longshore_messages_in_flight")))
                .solid(Colour::Blue),
        )
        .ask(
            series("held", format!("sum({})", metric("longshore_messages_held")))
                .solid(Colour::Orange),
        )
        .ask(
            series("concurrency", format!("sum({})", metric("longshore_configured_concurrency")))
                .dashed(),
        )
}

fn batches() -> Panel {
    let about = About {
        shows: "Messages that travel together, on average: in a receive that brought any, in a delete, in a change \
                of visibility. Ten is the most.",
        good: "near ten under load; one when messages come one by one.",
        otherwise: "low under load: too few free slots, or too short a `delete_linger`. Each batch of one costs as \
                    much as one of ten.",
    };
    Panel::new(Look::Lines, "Batch fill", about)
        .wide(6)
        .unit("none")
        .none("no messages")
        .ask(
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
            .solid(Colour::Blue),
        )
        .ask(series(
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
    let about = About {
        shows: "Extensions of visibility timeouts a second, by how they ended. Each ten are a billed request.",
        good: "none where handlers are quick.",
        otherwise: "many extended: a longer `visibility` is cheaper. lost: another consumer has the message.",
    };
    Panel::new(Look::Stack, "Heartbeats", about).wide(6).unit("cps").none("none").ask(series(
        "{{result}}",
        format!("sum by (result) ({})", metric("longshore_heartbeats_total").rate()),
    ))
}

fn deliveries() -> Panel {
    let about = About {
        shows: "Messages received a second: delivered for the first time, and once more.",
        good: "redeliveries are few.",
        otherwise: "redeliveries without handler failures are messages that a worker took with it: see Shutdown \
                    and scaling.",
    };
    Panel::new(Look::Stack, "Deliveries", about).wide(6).unit("mps").ask(series(
        "{{delivery}}",
        format!("sum by (delivery) ({})", metric("longshore_messages_received_total").rate()),
    ))
}
