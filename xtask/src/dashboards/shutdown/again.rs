//! Messages that were cut off, and come again.

use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::pictures;
use crate::dashboards::promql::metric;
use crate::dashboards::query::{EACH_QUEUE, series};
use crate::rules::BY_QUEUE;

pub(super) fn panels() -> Vec<Panel> {
    vec![aborted(), redelivered(), delay()]
}

fn aborted() -> Panel {
    let about = About {
        shows: "Messages whose handler a stop cut off, for each queue.",
        good: "none.",
        otherwise: "runbook LongshoreMessagesAborted. If it coincides with deploys, the grace is too short.",
    };
    Panel::new(Look::Bars, "Cut off, each queue", about).unit("short").ask(series(
        EACH_QUEUE,
        format!("sum by ({BY_QUEUE}) ({})", metric("longshore_messages_aborted_total").increase()),
    ))
}

fn redelivered() -> Panel {
    let about = About {
        shows: "Share of the messages received that had been delivered before, for each queue.",
        good: "near 0 %.",
        otherwise: "a rise after stops are messages that were cut off; a steady share are handlers that fail.",
    };
    Panel::new(Look::Lines, "Redelivered, each queue", about)
        .unit("percentunit")
        .none("no messages")
        .ask(series(
            EACH_QUEUE,
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

fn delay() -> Panel {
    let about = About {
        shows: "How long after its first receive a message's handler starts once more, half and 99 of 100.",
        good: "seconds after a stop in order; back-offs otherwise.",
        otherwise: "near the visibility timeout: messages come back only because their time ran out. A worker was \
                    killed.",
    };
    pictures::redelivery_delay(about)
}
