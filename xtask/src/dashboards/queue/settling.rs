//! How messages are gathered, kept and settled.

use crate::dashboards::dashboard::{Section, collapsed};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::{events, metric};
use crate::dashboards::query::series;
use crate::dashboards::shared_panels;
use crate::dashboards::style::Color;
use longshore::label::LabelSet;
use longshore::outcome::{DeadLetterMove, Ending, PayloadRead, TaskRun, TaskSender};
use longshore::queue::Delivery;
use longshore::telemetry::Heartbeat;

pub(super) fn settling() -> Section {
    collapsed(
        "Batches, heartbeats and redeliveries",
        vec![
            batch_size(),
            gather_time(),
            empty_receives(),
            heartbeats(),
            deliveries(),
            handler_concurrency(),
            handler_batch_size(),
            moved_rejects(),
            expired(),
            periodic_tasks(),
            since_last_run(),
            task_senders(),
            payloads(),
            payload_bytes(),
        ],
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
        .unit("none")
        .axis_to(10.0)
        .no_value("no messages")
        .fixed_colors(&["delete", "change_visibility"])
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

fn gather_time() -> Panel {
    let description = Description {
        shows: "Seconds per second that poll loops waited before the next receive, so that it \
            returns more messages. They wait for messages to arrive or for slots to become free.",
        good: "Time for messages at moderate traffic. Nearly none if messages are rare or the queue \
            has a backlog.",
        otherwise: "Much time for slots means that messages arrive faster than handlers process \
            them. If no message may wait, set `gather` to 0s. The cost per message rises.",
    };
    Panel::new(PanelKind::Lines, "Gather time", description)
        .unit("none")
        .no_value("no gather time")
        .query(series(
            "for {{awaited}}",
            format!(
                "sum by (awaited) ({})",
                metric("longshore_gather_duration_seconds_sum").rate()
            ),
        ))
}

fn empty_receives() -> Panel {
    let description = Description {
        shows: "Empty receives per second, and the minimum: the number if each receive had waited \
            20 seconds.",
        good: "Both lines are equal.",
        otherwise: "The difference between the lines is avoidable cost. The graph Average wait of \
            empty receives shows how long they waited.",
    };
    shared_panels::empty_receives("Empty receives", description)
}

fn handler_batch_size() -> Panel {
    let description = Description {
        shows: "Average number of messages in one call of a batch handler.",
        good: "Near `batch.max` under load.",
        otherwise: "A low value under load means too few free slots, or a short `batch.window`.",
    };
    let size = metric("longshore_handler_batch_size");
    Panel::new(PanelKind::Lines, "Messages per handler call", description)
        .unit("none")
        .axis_to(10.0)
        .no_value("single messages, or no calls")
        .query(
            series(
                "messages",
                format!(
                    "sum({})\n/\n(sum({}) > 0)",
                    size.suffixed("_sum").rate(),
                    size.suffixed("_count").rate()
                ),
            )
            .color(Color::Blue),
        )
}

fn moved_rejects() -> Panel {
    let description = Description {
        shows: "Number of rejected messages of a queue with `on_reject = \"dead_letter\"`, by what \
            happened to them.",
        good: "All are `moved`.",
        otherwise: "`failed`: allow sqs:SendMessage on the dead-letter queue. `no_policy`: add a \
            redrive policy. `unknown_policy`: allow sqs:GetQueueAttributes.",
    };
    let moves = metric("longshore_dead_letter_moves_total");
    Panel::new(PanelKind::StackedBars, "Rejected messages by result", description)
        .unit("short")
        .whole()
        .no_value("none, or a queue that does not move them")
        .explains(&["LongshoreRejectsNotMoved"])
        .fixed_colors(DeadLetterMove::VALUES)
        .query(series("{{result}}", events("result", &moves)))
}

fn expired() -> Panel {
    let description = Description {
        shows: "Number of messages that were rejected because they were older than `max_age`.",
        good: "None.",
        otherwise: "The workers are too slow, or they did not run: see the backlog. The expired \
            messages count as bad for the objectives delivery and freshness.",
    };
    Panel::new(PanelKind::StackedBars, "Messages older than max_age", description)
        .unit("short")
        .whole()
        .no_value("none, or a queue without max_age")
        .query(
            series(
                "expired",
                format!("sum({})", metric("longshore_messages_expired_total").events()),
            )
            .color(Color::Vermilion),
        )
}

fn periodic_tasks() -> Panel {
    let description = Description {
        shows: "Number of runs of the periodic tasks of `cron`, by result.",
        good: "All are `sent`.",
        otherwise: "`late`: a worker was down or SQS failed, and the run was sent within the grace. \
            `missed`: no worker ran at that time. `failed`: SQS or DynamoDB did not accept the \
            requests.",
    };
    let runs = metric("longshore_periodic_tasks_total");
    Panel::new(PanelKind::StackedBars, "Periodic tasks by result", description)
        .unit("short")
        .whole()
        .no_value("none, or a queue without cron")
        .explains(&["LongshorePeriodicTasksNotSent"])
        .fixed_colors(TaskRun::VALUES)
        .query(series("{{result}}", events("result", &runs)))
}

fn since_last_run() -> Panel {
    let description = Description {
        shows: "Time since the last run of each periodic task that a running worker has sent.",
        good: "Not longer than the time between two runs.",
        otherwise: "Look at the results of the runs. Without any, no worker has the task in its \
            `cron.yaml`, or none may send it.",
    };
    let last_run = metric("longshore_periodic_task_run_timestamp_seconds");
    Panel::new(PanelKind::Lines, "Time since the last periodic task", description)
        .unit("s")
        .axis_to(60.0)
        .no_value("none, or a queue without cron")
        .query(series("{{task}}", format!("time() - max by (task) ({last_run})")))
}

fn task_senders() -> Panel {
    let description = Description {
        shows: "Workers by the sender of the periodic tasks that they are configured with: `table`, one of those \
            that share a table; `leader`, the worker itself; `other`, another worker.",
        good: "All are `table`, or one is `leader`.",
        otherwise: "Select all jobs, because the leader can be a job of its own. Without `table` and `leader`, no \
            run is sent. Two leaders, or a leader next to a table, send each run twice.",
    };
    let senders = metric("longshore_periodic_task_sender");
    Panel::new(PanelKind::Lines, "Senders of periodic tasks", description)
        .unit("none")
        .whole()
        .no_value("none, or a queue without cron")
        .explains(&["LongshorePeriodicTaskSenders"])
        .fixed_colors(TaskSender::VALUES)
        .query(series("{{sender}}", format!("sum by (sender) ({senders})")))
}

fn payloads() -> Panel {
    let description = Description {
        shows: "Number of payloads that were read from S3, and of deletes of payloads, by result. Only for \
            queues with `payloads.buckets`.",
        good: "All are `ok`.",
        otherwise: "`missing`, `too_large`, `not_text` and `other_bucket`: the message was rejected. \
            `refused`: allow s3:GetObject and s3:ListBucket. `unavailable`: S3 is unreachable. `failed`: \
            allow s3:DeleteObject.",
    };
    let of = |metric_name| events("result", &metric(metric_name));
    Panel::new(PanelKind::StackedBars, "Payloads in S3 by result", description)
        .width(12)
        .unit("short")
        .whole()
        .no_value("none, or a queue that reads none")
        .explains(&["LongshoreCircuitBreakerOpen", "LongshorePayloadsNotDeleted"])
        .fixed_colors(PayloadRead::VALUES)
        .query(series("{{result}}", of("longshore_payload_reads_total")))
        .query(series("delete {{result}}", of("longshore_payload_deletes_total")))
}

fn payload_bytes() -> Panel {
    let description = Description {
        shows: "Bytes of payloads that were read from S3, per second.",
        good: "Payloads are as large as their senders say.",
        otherwise: "Each payload is in memory while its message is processed. Lower `concurrency` or \
            `payloads.max_mib` if the memory does not suffice.",
    };
    Panel::new(PanelKind::Lines, "Bytes read from S3", description)
        .width(12)
        .unit("Bps")
        .no_value("none, or a queue that reads none")
        .query(
            series("bytes", format!("sum({})", metric("longshore_payload_bytes_total").rate()))
                .color(Color::Blue),
        )
}

fn heartbeats() -> Panel {
    let description = Description {
        shows: "Number of visibility extensions, by result. Up to ten extensions are one billed \
            request.",
        good: "None if handlers are fast.",
        otherwise: "Many `extended`: a longer `visibility` is cheaper. `lost`: another consumer \
            has the message.",
    };
    Panel::new(PanelKind::StackedBars, "Heartbeats by result", description)
        .unit("short")
        .whole()
        .no_value("none")
        .fixed_colors(Heartbeat::VALUES)
        .query(series("{{result}}", events("result", &metric("longshore_heartbeats_total"))))
}

fn deliveries() -> Panel {
    let description = Description {
        shows: "Messages received per second: first deliveries and redeliveries.",
        good: "Few redeliveries.",
        otherwise: "Redeliveries without handler failures come from workers that stopped before \
            they settled the messages. Open the dashboard Shutdown and scaling.",
    };
    Panel::new(PanelKind::StackedAreas, "Deliveries", description)
        .unit("mps")
        .fixed_colors(Delivery::VALUES)
        .query(series(
            "{{delivery}}",
            format!("sum by (delivery) ({})", metric("longshore_messages_received_total").rate()),
        ))
}

fn handler_concurrency() -> Panel {
    let description = Description {
        shows: "Seconds of handler time per second, by outcome. This is the average number of \
            running handlers. The time counts when the handler ends.",
        good: "Nearly all time is `done`.",
        otherwise: "Time in `timed_out` is wasted. The timeout of the handler is too short, or a \
            dependency does not respond.",
    };
    Panel::new(PanelKind::StackedAreas, "Handler concurrency by outcome", description)
        .unit("short")
        .fixed_colors(Ending::VALUES)
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
