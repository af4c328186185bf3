//! What shutdowns did to messages, and the redeliveries that follow.

use crate::dashboards::alerts::site_column;
use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Description, Panel, PanelKind, SortOrder};
use crate::dashboards::promql::{events, metric, worst_ten};
use crate::dashboards::query::{QUEUE_LEGEND, rows, series};
use crate::dashboards::shared_panels;
use crate::dashboards::style::Threshold;
use crate::dashboards::table::Column;
use crate::rules::BY_QUEUE;
use longshore::label::LabelSet;
use longshore::outcome::Fate;

pub(super) fn ledger() -> Section {
    section("Shutdown ledger", vec![messages_at_shutdown(), ledger_per_queue()])
}

fn messages_at_shutdown() -> Panel {
    let description = Description {
        shows: "Messages that were in flight when a worker began to stop, by what happened to \
            them.",
        good: "Completed, or released before their handler started.",
        otherwise: "Aborted: `shutdown.grace` ended before the handler. Abandoned: the worker \
            could not settle the message with SQS.",
    };
    Panel::new(PanelKind::StackedBars, "Messages at shutdown by result", description)
        .width(12)
        .unit("short")
        .whole()
        .no_value("no worker stopped")
        .explains(&["LongshoreMessagesAborted"])
        .fixed_colors(Fate::VALUES)
        .query(series("{{fate}}", events("fate", &metric("longshore_shutdown_messages_total"))))
}

fn ledger_per_queue() -> Panel {
    let description = Description {
        shows: "The sum of all shutdown ledgers in this time range, for each queue.",
        good: "No message is aborted or abandoned.",
        otherwise: "Raise `shutdown.grace`, and raise the limit of the platform with it. \
            `longshore check` checks the sum.",
    };
    let columns = vec![
        shared_panels::queue_column(190),
        Column::value("Value #A", "Completed", "none").width(100),
        Column::value("Value #B", "Released", "none").width(95),
        Column::value("Value #C", "Aborted", "none").width(90).threshold(Threshold::WarnFrom(0.5)),
        Column::value("Value #D", "Abandoned", "none")
            .width(105)
            .threshold(Threshold::WarnFrom(0.5)),
        site_column("job"),
        site_column("namespace"),
        site_column("cluster"),
    ];
    let sort = vec![("Aborted", SortOrder::Descending)];
    let table =
        Panel::new(PanelKind::Table { columns, sort }, "Shutdown ledger by queue", description)
            .width(12)
            .unit("short")
            .no_value("no workers");
    Fate::VALUES.iter().fold(table, |table, fate| {
        let messages = metric("longshore_shutdown_messages_total").with("fate", fate);
        table.query(rows(format!("sum by ({BY_QUEUE}) ({})", messages.increase_in_range())))
    })
}

pub(super) fn redeliveries() -> Section {
    section(
        "Aborted and redelivered messages",
        vec![aborted_per_queue(), redelivered_per_queue(), redelivery_delay()],
    )
}

fn aborted_per_queue() -> Panel {
    let description = Description {
        shows: "Messages whose handler a shutdown aborted, for each queue.",
        good: "None.",
        otherwise: "Follow the runbook LongshoreMessagesAborted. If aborts happen during deploys, \
            `shutdown.grace` is too short.",
    };
    let aborted = metric("longshore_messages_aborted_total");
    Panel::new(PanelKind::StackedBars, "Aborted on shutdown by queue", description)
        .unit("short")
        .whole()
        .no_value("none")
        .explains(&["LongshoreMessagesAborted"])
        .query(series(
            QUEUE_LEGEND,
            worst_ten(
                format!("sum by ({BY_QUEUE}) ({})", aborted.events()),
                format!("sum by ({BY_QUEUE}) ({}) > 0", aborted.rate_of_range()),
            ),
        ))
}

fn redelivered_per_queue() -> Panel {
    let description = Description {
        shows: "Share of the received messages that SQS had delivered before, for the ten queues \
            with the most redeliveries.",
        good: "Near 0 %.",
        otherwise: "If the share rises after shutdowns, messages were aborted. If it is always \
            high, handlers fail.",
    };
    let redelivered = metric("longshore_messages_received_total").with("delivery", "redelivery");
    Panel::new(PanelKind::Lines, "Redelivered messages by queue", description)
        .unit("percentunit")
        .no_value("none")
        .query(series(
            QUEUE_LEGEND,
            worst_ten(
                format!(
                    "sum by ({BY_QUEUE}) (
  {}
)
/
(sum by ({BY_QUEUE}) ({}) > 0)",
                    redelivered.rate(),
                    metric("longshore_messages_received_total").rate()
                ),
                format!("sum by ({BY_QUEUE}) ({}) > 0", redelivered.rate_of_range()),
            ),
        ))
}

fn redelivery_delay() -> Panel {
    let description = Description {
        shows: "The p50 and p99 of the time from the first receive of a message to the start of \
            the handler that processes it again.",
        good: "Seconds after a normal shutdown, otherwise the time of a back-off.",
        otherwise: "A value near the visibility timeout means that SQS redelivered the messages \
            only after the timeout, because a worker was killed.",
    };
    shared_panels::redelivery_delay(description)
}
