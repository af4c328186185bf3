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
        description: "Workers that start, drain and stop, and what happened to their messages.",
        shows_one_queue: false,
        introduction: "**Healthy:** no message was aborted or abandoned, and no worker vanished with messages in \
                       flight. **Otherwise** give handlers more time (`shutdown.grace` and the limit of the \
                       platform), or find out what kills the workers.",
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
        shows: "Workers that finish their messages before they stop.",
        good: "None, or the workers of a deploy, for at most `shutdown.grace`.",
        otherwise: "If a worker drains for longer, one of its handlers does not end.",
    };
    Panel::new(PanelKind::Stat, "Draining workers", description)
        .map_value(0.0, "none")
        .no_value("no workers")
        .query(instant("draining", format!("sum({})", metric("longshore_draining"))))
}

fn stopped_workers() -> Panel {
    let description = Description {
        shows: "Workers that Prometheus scraped in this time range and that no longer exist.",
        good: "The workers of deploys and scale-ins.",
        otherwise: "If there are more, something restarts the workers. The table Final state of \
            stopped workers shows how they ended.",
    };
    Panel::new(PanelKind::Stat, "Stopped workers", description).no_value("none").query(instant(
        "stopped",
        format!(
            "count({} unless {})",
            metric("longshore_draining").last_in_range(),
            metric("longshore_draining")
        ),
    ))
}

fn aborted() -> Panel {
    let description = Description {
        shows: "Messages whose handler a shutdown aborted in this time range. SQS redelivers them, \
            and they are processed again from the start.",
        good: "None.",
        otherwise: "Follow the runbook LongshoreMessagesAborted. Raise `shutdown.grace` or make \
            handlers faster.",
    };
    Panel::new(PanelKind::Stat, "Aborted on shutdown", description)
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
        shows: "Messages that a shutdown neither settled nor released in this time range. They \
            stay hidden until their visibility timeout.",
        good: "None.",
        otherwise: "The worker could not reach SQS at the end. Raise `shutdown.settle`.",
    };
    Panel::new(PanelKind::Stat, "Abandoned on shutdown", description)
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
        shows: "Messages that were in flight in the last scrape of workers that no longer exist.",
        good: "None.",
        otherwise: "Follow the runbook LongshoreVanishedWithMessages. The worker was killed, ran \
            out of memory or became unreachable.",
    };
    Panel::new(PanelKind::Stat, "Messages of vanished workers", description)
        .threshold(Threshold::BadFrom(1.0))
        .map_value(0.0, "none")
        .no_value("no stopped workers")
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
        shows: "Share of the messages received in this time range that SQS had delivered before.",
        good: "Near 0 %.",
        otherwise: "Handlers fail, or workers are killed. After a worker is killed, other workers \
            receive its messages as redeliveries without a handler failure.",
    };
    Panel::new(PanelKind::Stat, "Redelivered messages", description)
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
