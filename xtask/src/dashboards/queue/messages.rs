//! The messages of the queue: how long they take, and how they are settled.

use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::{Selector, metric};
use crate::dashboards::query::{buckets, quantile, series};
use crate::dashboards::shared_panels;
use crate::dashboards::style::Color;
use longshore::label::LabelSet;
use longshore::outcome::Settled;

fn handler_duration() -> Selector {
    metric("longshore_processing_duration_seconds")
}

fn queue_wait(delivery: &str) -> Selector {
    metric("longshore_queue_wait_seconds").with("delivery", delivery)
}

pub(super) fn latency() -> Section {
    section(
        "Handler time and queue wait",
        vec![
            handler_time_heatmap(),
            queue_wait_heatmap(),
            handler_time_quantiles(),
            queue_wait_quantiles(),
            redelivery_delay(),
        ],
    )
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
        .query(buckets(&handler_duration()))
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
        .query(buckets(&queue_wait("first")))
}

fn handler_time_quantiles() -> Panel {
    let description = Description {
        shows: "The p50 and the p99 of the handler duration.",
        good: "Both lines are flat.",
        otherwise: "If only p99 rises, a few messages are slow. If both rise, all messages are \
            slow.",
    };
    Panel::new(PanelKind::Lines, "p50 and p99 handler time", description)
        .unit("s")
        .no_value("no messages")
        .query(quantile("0.5", "p50", &handler_duration()).color(Color::Sky))
        .query(quantile("0.99", "p99", &handler_duration()).color(Color::Blue))
}

fn queue_wait_quantiles() -> Panel {
    let description = Description {
        shows: "The p50 and the p99 of the time from sending a message to the start of its \
            handler, for first deliveries.",
        good: "Both lines are below the freshness threshold.",
        otherwise: "Compare with the backlog: messages arrive faster than the workers process \
            them.",
    };
    let first = queue_wait("first");
    Panel::new(PanelKind::Lines, "p50 and p99 queue wait", description)
        .unit("s")
        .no_value("no messages")
        .query(quantile("0.5", "p50", &first).color(Color::Sky))
        .query(quantile("0.99", "p99", &first).color(Color::Blue))
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

pub(super) fn messages() -> Section {
    section(
        "Messages",
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
        shows: "Settled messages per second, by result.",
        good: "Nearly all messages are deleted.",
        otherwise: "`retried` and `rejected`: read the graph Handler failures by kind. \
            `lease_lost`: a message was processed twice, follow the runbook LongshoreLeasesLost. \
            `abandoned`: the worker could not settle the message with SQS.",
    };
    Panel::new(PanelKind::StackedAreas, "Settled messages by result", description)
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
        shows: "Messages per second whose handler failed, by kind.",
        good: "No failures, or a few retries.",
        otherwise: "The handler returned `retry` or `reject`. The worker detected `timed_out`, \
            `panicked` and `unavailable`. The log has the reason for each message.",
    };
    Panel::new(PanelKind::StackedAreas, "Handler failures by kind", description)
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
        shows: "Seconds of handler time per second, by outcome. This is the average number of \
            running handlers. The time counts when the handler ends.",
        good: "Nearly all time is `done`.",
        otherwise: "Time in `timed_out` is wasted. The timeout of the handler is too short, or a \
            dependency does not respond.",
    };
    Panel::new(PanelKind::StackedAreas, "Handler concurrency by outcome", description)
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
        shows: "Messages in the queue, as last reported by SQS: visible, in flight with any \
            consumer, and delayed.",
        good: "The visible messages return to zero between bursts.",
        otherwise: "If the backlog only rises, add workers or raise `concurrency`. If SQS reports \
            more messages in flight than these workers do, another consumer has them or they wait \
            for their visibility timeout.",
    };
    Panel::new(PanelKind::Lines, "Backlog by state", description).width(6).unit("short").query(
        series("{{state}}", format!("max by (state) ({})", metric("longshore_backlog_messages"))),
    )
}

fn in_flight() -> Panel {
    let description = Description {
        shows: "Messages in flight in the workers, buffered messages, and the configured \
            concurrency. A buffered message has no handler yet.",
        good: "Below the dashed line, with few buffered messages.",
        otherwise: "If the messages in flight stay at the dashed line, the workers are full. Add \
            workers. A short peak above the line is normal, because a message is in flight until \
            SQS confirms its delete. Many buffered messages mean that handlers do not start.",
    };
    Panel::new(PanelKind::Lines, "In-flight and buffered messages", description)
        .width(6)
        .unit("short")
        .query(
            series("in flight", format!("sum({})", metric("longshore_messages_in_flight")))
                .color(Color::Blue),
        )
        .query(
            series("buffered", format!("sum({})", metric("longshore_messages_held")))
                .color(Color::Orange),
        )
        .query(
            series("concurrency", format!("sum({})", metric("longshore_configured_concurrency")))
                .dashed(),
        )
}

fn batch_size() -> Panel {
    let description = Description {
        shows: "Average number of messages per receive that returned any, per delete request, and \
            per visibility change. The maximum is ten.",
        good: "Near ten under load. One if messages arrive one at a time.",
        otherwise: "A low value under load means too few free slots or a short `delete_linger`. A \
            batch of one costs as much as a batch of ten.",
    };
    Panel::new(PanelKind::Lines, "Messages per batch", description)
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
        shows: "Visibility extensions per second, by result. Up to ten extensions are one billed \
            request.",
        good: "None if handlers are fast.",
        otherwise: "Many `extended`: a longer `visibility` is cheaper. `lost`: another consumer \
            has the message.",
    };
    Panel::new(PanelKind::StackedAreas, "Heartbeats by result", description)
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
        shows: "Messages received per second: first deliveries and redeliveries.",
        good: "Few redeliveries.",
        otherwise: "Redeliveries without handler failures come from workers that stopped before \
            they settled the messages. Open the dashboard Shutdown and scaling.",
    };
    Panel::new(PanelKind::StackedAreas, "Deliveries", description).width(6).unit("mps").query(
        series(
            "{{delivery}}",
            format!("sum by (delivery) ({})", metric("longshore_messages_received_total").rate()),
        ),
    )
}
