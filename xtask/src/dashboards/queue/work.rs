//! Whether the messages of the queue are processed: failures, results, and what waits.

use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::{events, metric, rates};
use crate::dashboards::query::series;
use crate::dashboards::shared_panels::{self, failure_ratio};
use crate::dashboards::style::Color;
use longshore::label::LabelSet;
use longshore::outcome::{HandlerError, Settled};
use longshore::queue::BacklogState;

pub(super) fn work() -> Section {
    section(
        "Work",
        vec![
            failed_share(),
            handler_failures(),
            settled_messages(),
            backlog_by_state(),
            ages(),
            dead_letters(),
        ],
    )
}

fn failed_share() -> Panel {
    let description = Description {
        shows: "Share of the handler calls of 5 minutes that failed, if there were 10.",
        good: "Below 10 %, the lower dashed line. From 80 % on, the alert is critical.",
        otherwise: "The graph Handler failures by kind shows what fails. The log line \"message not \
            processed\" has the reason.",
    };
    Panel::new(PanelKind::Lines, "Share of failed handler calls", description)
        .unit("percentunit")
        .threshold(shared_panels::FAILING)
        .explains(&["LongshoreHandlersFailing"])
        .no_value("no rules, or too few calls")
        .query(series("failed", format!("max({})", failure_ratio())).color(Color::Vermilion))
}

fn handler_failures() -> Panel {
    let description = Description {
        shows: "Number of messages whose handler failed, by kind.",
        good: "No failures, or a few retries.",
        otherwise: "The handler returned `retry` or `reject`. The worker detected `timed_out`, \
            `panicked` and `unavailable`. The log has the reason for each message.",
    };
    Panel::new(PanelKind::StackedBars, "Handler failures by kind", description)
        .unit("short")
        .whole()
        .no_value("none")
        .explains(&["LongshoreHandlersFailing"])
        .fixed_colors(HandlerError::VALUES)
        .query(series("{{kind}}", events("kind", &metric("longshore_handler_errors_total"))))
}

fn settled_messages() -> Panel {
    let description = Description {
        shows: "Settled messages per second, by result.",
        good: "Nearly all messages are deleted.",
        otherwise: "`retried` and `rejected`: read the graph Handler failures by kind. \
            `lease_lost`: a message was processed twice. `abandoned`: the worker could not settle \
            the message with SQS.",
    };
    Panel::new(PanelKind::StackedAreas, "Settled messages by result", description)
        .unit("mps")
        .explains(&[
            "LongshoreLeasesLost",
            "LongshoreMessagesAbandoned",
            "LongshoreMessagesNotDeleted",
        ])
        .fixed_colors(Settled::VALUES)
        .query(series("{{result}}", rates("result", &metric("longshore_messages_total"))))
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
    Panel::new(PanelKind::Lines, "Backlog by state", description)
        .unit("short")
        .axis_to(10.0)
        .explains(&["LongshoreBacklogGrowing", "LongshoreInFlightLimitNear"])
        .no_value("unknown")
        .fixed_colors(BacklogState::VALUES)
        .query(series(
            "{{state}}",
            format!("max by (state) ({})", metric("longshore_backlog_messages")),
        ))
}

fn ages() -> Panel {
    let description = Description {
        shows: "Age of the oldest message that waits, since it was sent, and of the oldest message \
            in flight, since a worker received it.",
        good: "Both return to seconds. A message in flight is as old as its handler runs.",
        otherwise: "An old message that waits: the workers are too slow. An old message in flight: \
            its handler hangs.",
    };
    Panel::new(PanelKind::Lines, "Age of the oldest message", description)
        .unit("s")
        .axis_to(10.0)
        .explains(&["LongshoreBacklogGrowing", "LongshoreSlotsBlocked"])
        .query(
            series(
                "waiting",
                format!("max({})", metric("job_queue:longshore_oldest_message:seconds")),
            )
            .color(Color::Orange),
        )
        .query(
            series("in flight", format!("max({})", metric("longshore_oldest_in_flight_seconds")))
                .color(Color::Blue),
        )
}

fn dead_letters() -> Panel {
    let description = Description {
        shows: "Messages in the dead-letter queue, as last reported by SQS.",
        good: "None.",
        otherwise: "Find out why they failed, then redrive or delete them. SQS deletes them at the \
            end of the retention of the dead-letter queue.",
    };
    Panel::new(PanelKind::Lines, "Dead letters over time", description)
        .unit("short")
        .axis_to(10.0)
        .explains(&["LongshoreDeadLetters", "LongshoreDeadLettersExpire", "LongshoreMessagesLost"])
        .no_value("no dead-letter queue is known")
        .query(
            series("dead letters", format!("max({})", metric("longshore_dead_letter_messages")))
                .color(Color::Vermilion),
        )
}
