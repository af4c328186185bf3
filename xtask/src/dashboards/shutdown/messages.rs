//! What shutdowns did to messages, and the redeliveries that follow.

use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Description, Panel, PanelKind, SortOrder};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{QUEUE_LEGEND, rows, series};
use crate::dashboards::shared_panels;
use crate::dashboards::style::Threshold;
use crate::dashboards::table::Column;
use crate::rules::BY_QUEUE;
use longshore::telemetry::{Fate, LabelSet};

pub(super) fn ledger() -> Section {
    section("What stops did to messages", vec![messages_at_shutdown(), ledger_per_queue()])
}

fn messages_at_shutdown() -> Panel {
    let description = Description {
        shows: "Messages that were in hand when a worker was told to stop, by what became of them.",
        good: "completed, and released: given back before a handler had them.",
        otherwise: "aborted: the grace was over. abandoned: SQS could not be told.",
    };
    Panel::new(PanelKind::StackedBars, "Messages in hand at a stop", description)
        .width(12)
        .unit("short")
        .fixed_colors(Fate::VALUES)
        .query(series(
            "{{fate}}",
            format!("sum by (fate) ({})", metric("longshore_shutdown_messages_total").increase()),
        ))
}

fn ledger_per_queue() -> Panel {
    let description = Description {
        shows: "The same for the time shown, for each queue: the sum of all shutdown ledgers.",
        good: "nothing aborted, nothing abandoned.",
        otherwise: "raise `shutdown.grace`, and the platform's limit with it: `longshore check` adds up.",
    };
    let columns = vec![
        shared_panels::queue_column(),
        Column::value("Value #A", "completed", "none"),
        Column::value("Value #B", "released", "none"),
        Column::value("Value #C", "aborted", "none").threshold(Threshold::BadFrom(0.5)),
        Column::value("Value #D", "abandoned", "none").threshold(Threshold::BadFrom(0.5)),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
    ];
    let sort = vec![("aborted", SortOrder::Descending)];
    let table = Panel::new(PanelKind::Table { columns, sort }, "Ledger, each queue", description)
        .width(12)
        .height(8)
        .unit("short")
        .no_value("no workers");
    Fate::VALUES.iter().fold(table, |table, fate| {
        let messages = metric("longshore_shutdown_messages_total").with("fate", fate);
        table.query(rows(format!("sum by ({BY_QUEUE}) ({})", messages.increase_in_range())))
    })
}

pub(super) fn redeliveries() -> Section {
    section(
        "Cut off, and come again",
        vec![aborted_per_queue(), redelivered_per_queue(), redelivery_delay()],
    )
}

fn aborted_per_queue() -> Panel {
    let description = Description {
        shows: "Messages whose handler a stop cut off, for each queue.",
        good: "none.",
        otherwise: "runbook LongshoreMessagesAborted. If it coincides with deploys, the grace is too short.",
    };
    Panel::new(PanelKind::StackedBars, "Cut off, each queue", description).unit("short").query(
        series(
            QUEUE_LEGEND,
            format!(
                "sum by ({BY_QUEUE}) ({})",
                metric("longshore_messages_aborted_total").increase()
            ),
        ),
    )
}

fn redelivered_per_queue() -> Panel {
    let description = Description {
        shows: "Share of the messages received that had been delivered before, for each queue.",
        good: "near 0 %.",
        otherwise: "a rise after stops are messages that were cut off; a steady share are handlers that fail.",
    };
    Panel::new(PanelKind::Lines, "Redelivered, each queue", description)
        .unit("percentunit")
        .no_value("no messages")
        .query(series(
            QUEUE_LEGEND,
            format!(
                "sum by ({BY_QUEUE}) (
  {}
)
/
(sum by ({BY_QUEUE}) ({}) > 0)",
                metric("longshore_messages_received_total").with("delivery", "redelivery").rate(),
                metric("longshore_messages_received_total").rate()
            ),
        ))
}

fn redelivery_delay() -> Panel {
    let description = Description {
        shows: "How long after its first receive a message's handler starts once more, half and 99 of 100.",
        good: "seconds after a stop in order; back-offs otherwise.",
        otherwise: "near the visibility timeout: messages come back only because their time ran out. A worker was \
                    killed.",
    };
    shared_panels::redelivery_delay(description)
}
