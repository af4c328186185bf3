//! The overview of shutdowns: ten numbers and the firing alerts.

use super::messages;
use super::processes;
use super::stopped;
use super::workers;
use crate::dashboards::alerts;
use crate::dashboards::dashboard::{self, Dashboard};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::metric;
use crate::dashboards::query::instant;
use crate::dashboards::shared_panels;
use crate::dashboards::style::Threshold;
use crate::rules::DashboardId;

const ID: DashboardId = DashboardId::Shutdown;

pub(in crate::dashboards) fn dashboard() -> Dashboard {
    Dashboard {
        id: ID,
        title: "Longshore / Shutdown and scaling",
        description: "Workers that start, drain and stop, and what happened to their messages.",
        shows_one_queue: false,
        introduction: "**Healthy:** nothing on this page is red or yellow. **Otherwise** give handlers more time if \
                       messages are aborted (`shutdown.grace` and the limit of the platform), or find out what \
                       kills the workers. For other alerts, open the dashboard of the fleet. Grey means unknown.",
        sections: vec![
            dashboard::overview(vec![
                alerts::count(ID),
                aborted(),
                vanished(),
                stopped::restarts(),
                abandoned(),
                redelivered(),
                shared_panels::worker_count(),
                narrow(shared_panels::highest_failure_ratio(PanelKind::Stat, "Failure ratio")),
                narrow(shared_panels::dead_letters()),
                narrow(shared_panels::oldest_message(PanelKind::Stat, "Oldest age")),
                alerts::table(ID),
            ]),
            messages::ledger(),
            stopped::stopped(),
            workers::workers(),
            messages::redeliveries(),
            processes::processes(),
        ],
    }
}

/// Six of these numbers are in one line.
fn narrow(panel: Panel) -> Panel {
    panel.width(4)
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
        .whole()
        .threshold(Threshold::WarnFrom(0.5))
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
    narrow(Panel::new(PanelKind::Stat, "Abandoned", description))
        .whole()
        .threshold(Threshold::WarnFrom(0.5))
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
        shows: "Messages that were in flight in the last scrape of workers that no longer exist. A \
            worker that started again at the same address is in the number next to this one.",
        good: "None.",
        otherwise: "Follow the runbook LongshoreVanishedWithMessages. The worker was killed, ran \
            out of memory or became unreachable.",
    };
    Panel::new(PanelKind::Stat, "Lost with their worker", description)
        .whole()
        .threshold(Threshold::WarnFrom(1.0))
        .map_value(0.0, "none")
        .no_value("no workers")
        .query(instant(
            "vanished",
            format!(
                "sum(
  {}
  unless {}
)
or
0 * count({})",
                metric("longshore_messages_in_flight").last_in_range(),
                metric("longshore_messages_in_flight"),
                metric("longshore_build_info")
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
    narrow(Panel::new(PanelKind::Stat, "Redelivered", description))
        .unit("percentunit")
        .whole()
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
