//! The overview of shutdowns: eight numbers and the firing alerts.

use super::messages;
use super::workers;
use crate::dashboards::dashboard::{Dashboard, Section};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::metric;
use crate::dashboards::query::instant;
use crate::dashboards::shared_panels;
use crate::dashboards::style::Threshold;
use crate::rules::DashboardId;

pub(in crate::dashboards) fn dashboard() -> Dashboard {
    Dashboard {
        id: DashboardId::Shutdown,
        title: "Longshore / Shutdown and scaling",
        description: "Workers that start, drain and vanish, and what became of the messages in their hands.",
        shows_one_queue: false,
        introduction: "**Healthy:** nothing was cut off, abandoned, or vanished with messages in hand. **Otherwise** give \
               handlers more time (`shutdown.grace` and the platform's limit), or find out what kills the workers.",
        sections: vec![
            overview(),
            workers::workers(),
            messages::ledger(),
            messages::redeliveries(),
            workers::stopped(),
            workers::processes(),
        ],
    }
}

fn overview() -> Section {
    Section {
        title: None,
        panels: vec![
            shared_panels::firing_alert_count(),
            shared_panels::worker_count(),
            draining(),
            stopped_workers(),
            aborted(),
            abandoned(),
            vanished(),
            redelivered(),
            shared_panels::firing_alert_table(),
        ],
    }
}

fn draining() -> Panel {
    let description = Description {
        shows: "Workers that were told to stop and finish what they have.",
        good: "none, or those of a deploy, for no longer than the grace.",
        otherwise: "one that drains for long has a handler that does not end.",
    };
    Panel::new(PanelKind::Stat, "Draining now", description)
        .map_value(0.0, "none")
        .no_value("no workers")
        .query(instant("draining", format!("sum({})", metric("longshore_draining"))))
}

fn stopped_workers() -> Panel {
    let description = Description {
        shows: "Workers that were scraped in the time shown and are gone.",
        good: "those of deploys and of scaling in.",
        otherwise: "more than that: something restarts them. The table of workers that are gone says how they ended.",
    };
    Panel::new(PanelKind::Stat, "Workers gone", description).no_value("none").query(instant(
        "gone",
        format!(
            "count({} unless {})",
            metric("longshore_draining").last_in_range(),
            metric("longshore_draining")
        ),
    ))
}

fn aborted() -> Panel {
    let description = Description {
        shows: "Messages whose handler a stop cut off, in the time shown. They are handled again from the start.",
        good: "none.",
        otherwise: "runbook LongshoreMessagesAborted: a longer grace, or shorter handlers.",
    };
    Panel::new(PanelKind::Stat, "Messages cut off", description)
        .threshold(Threshold::BadFrom(0.5))
        .map_value(0.0, "none")
        .no_value("no workers")
        .query(instant(
            "aborted",
            format!("sum({})", metric("longshore_messages_aborted_total").increase_in_range()),
        ))
}

fn abandoned() -> Panel {
    let description = Description {
        shows: "Messages that a stop neither settled nor gave back, in the time shown: hidden until their visibility \
                timeout.",
        good: "none.",
        otherwise: "SQS could not be reached at the end: give `shutdown.settle` more time.",
    };
    Panel::new(PanelKind::Stat, "Messages abandoned", description)
        .threshold(Threshold::BadFrom(0.5))
        .map_value(0.0, "none")
        .no_value("no workers")
        .query(instant(
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
    let description = Description {
        shows: "Messages that workers had in flight when last scraped, and which are gone without a drain.",
        good: "none.",
        otherwise: "runbook LongshoreVanishedWithMessages: killed, out of memory, or out of reach.",
    };
    Panel::new(PanelKind::Stat, "Messages vanished", description)
        .threshold(Threshold::BadFrom(1.0))
        .map_value(0.0, "none")
        .no_value("nobody gone")
        .query(instant(
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
    let description = Description {
        shows: "Share of the messages received in the time shown that had been delivered before.",
        good: "near 0 %.",
        otherwise: "handlers fail, or workers are killed: a redelivery without a failure is what a killed worker \
                    leaves behind, seen by one that lives.",
    };
    Panel::new(PanelKind::Stat, "Messages redelivered", description)
        .unit("percentunit")
        .no_value("no messages")
        .query(instant(
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
