//! Stops in eight numbers, and what to do.

use crate::dashboards::look::Bad;
use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::promql::metric;
use crate::dashboards::query::now;
use crate::dashboards::{alerts, numbers};

pub(super) fn panels() -> Vec<Panel> {
    vec![
        alerts::count(),
        numbers::workers(),
        draining(),
        stopped(),
        aborted(),
        abandoned(),
        vanished(),
        redelivered(),
        alerts::firing(),
    ]
}

fn draining() -> Panel {
    let about = About {
        shows: "Workers that were told to stop and finish what they have.",
        good: "none, or those of a deploy, for no longer than the grace.",
        otherwise: "one that drains for long has a handler that does not end.",
    };
    Panel::new(Look::Number, "Draining now", about)
        .say(0.0, "none")
        .none("no workers")
        .ask(now("draining", format!("sum({})", metric("longshore_draining"))))
}

fn stopped() -> Panel {
    let about = About {
        shows: "Workers that were scraped in the time shown and are gone.",
        good: "those of deploys and of scaling in.",
        otherwise: "more than that: something restarts them. The table of workers that are gone says how they ended.",
    };
    Panel::new(Look::Number, "Workers gone", about).none("none").ask(now(
        "gone",
        format!(
            "count({} unless {})",
            metric("longshore_draining").last_in_range(),
            metric("longshore_draining")
        ),
    ))
}

fn aborted() -> Panel {
    let about = About {
        shows: "Messages whose handler a stop cut off, in the time shown. They are handled again from the start.",
        good: "none.",
        otherwise: "runbook LongshoreMessagesAborted: a longer grace, or shorter handlers.",
    };
    Panel::new(Look::Number, "Messages cut off", about)
        .bad(Bad::From(0.5))
        .say(0.0, "none")
        .none("no workers")
        .ask(now(
            "aborted",
            format!("sum({})", metric("longshore_messages_aborted_total").increase_in_range()),
        ))
}

fn abandoned() -> Panel {
    let about = About {
        shows: "Messages that a stop neither settled nor gave back, in the time shown: hidden until their visibility \
                timeout.",
        good: "none.",
        otherwise: "SQS could not be reached at the end: give `shutdown.settle` more time.",
    };
    Panel::new(Look::Number, "Messages abandoned", about)
        .bad(Bad::From(0.5))
        .say(0.0, "none")
        .none("no workers")
        .ask(now(
            "abandoned",
            format!(
                "sum({})",
                metric("longshore_shutdown_messages_total")
                    .with("fate", "abandoned")
                    .increase_in_range()
            ),
        ))
}

fn vanished() -> Panel {
    let about = About {
        shows: "Messages that workers had in flight when last scraped, and which are gone without a drain.",
        good: "none.",
        otherwise: "runbook LongshoreVanishedWithMessages: killed, out of memory, or out of reach.",
    };
    Panel::new(Look::Number, "Messages vanished", about)
        .bad(Bad::From(1.0))
        .say(0.0, "none")
        .none("nobody gone")
        .ask(now(
            "vanished",
            format!(
                "sum(
  {}
  unless {}
)",
                metric("longshore_messages_in_flight").last_in_range(),
                metric("longshore_messages_in_flight")
            ),
        ))
}

fn redelivered() -> Panel {
    let about = About {
        shows: "Share of the messages received in the time shown that had been delivered before.",
        good: "near 0 %.",
        otherwise: "handlers fail, or workers are killed: a redelivery without a failure is what a killed worker \
                    leaves behind, seen by one that lives.",
    };
    Panel::new(Look::Number, "Messages redelivered", about)
        .unit("percentunit")
        .none("no messages")
        .ask(now(
            "redelivered",
            format!(
                "sum({})
/
(sum({}) > 0)",
                metric("longshore_messages_received_total")
                    .with("delivery", "redelivery")
                    .increase_in_range(),
                metric("longshore_messages_received_total").increase_in_range()
            ),
        ))
}
