//! The message groups of a FIFO queue.

use crate::dashboards::dashboard::{Section, collapsed};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::metric;
use crate::dashboards::query::series;
use crate::dashboards::style::Color;

/// What the panels show for a standard queue.
const NO_GROUPS: &str = "not a FIFO queue";

pub(super) fn groups() -> Section {
    collapsed("Message groups of a FIFO queue", vec![in_hand(), blocked(), released()])
}

fn in_hand() -> Panel {
    let description = Description {
        shows: "Message groups with messages in flight. The messages of a group are processed one \
            after the other, so this is also the highest number of handlers that can run.",
        good: "As many groups as `concurrency`, or all groups that have messages.",
        otherwise: "Few groups with a backlog: the senders use too few groups, and more workers do \
            not help.",
    };
    Panel::new(PanelKind::Lines, "Message groups in flight", description)
        .unit("none")
        .axis_to(10.0)
        .no_value(NO_GROUPS)
        .query(series("groups", format!("sum({})", metric("longshore_message_groups").max())))
}

fn blocked() -> Panel {
    let description = Description {
        shows: "The longest time for which a message group has not advanced, because its first \
            message is processed or has failed.",
        good: "Not longer than a handler takes.",
        otherwise: "If it rises, the first message of a group fails again and again. Follow the \
            runbook LongshoreGroupBlocked.",
    };
    Panel::new(PanelKind::Lines, "Longest wait of a group", description)
        .unit("s")
        .axis_to(10.0)
        .no_value(NO_GROUPS)
        .explains(&["LongshoreGroupBlocked"])
        .query(
            series(
                "blocked",
                format!("max({})", metric("longshore_message_group_blocked_seconds")),
            )
            .color(Color::Vermilion),
        )
}

fn released() -> Panel {
    let description = Description {
        shows: "Messages that were released to be processed later, because an earlier message \
            of their group failed. Each release uses up one of their receives.",
        good: "None.",
        otherwise: "Give the redrive policy a higher `maxReceiveCount`, so that these messages do not \
            become dead letters without being processed.",
    };
    let released = metric("longshore_messages_released_behind_failure_total");
    Panel::new(PanelKind::StackedBars, "Messages released behind a failure", description)
        .unit("short")
        .whole()
        .no_value("none, or not a FIFO queue")
        .query(series(
            "released",
            format!(
                "sum(\n  {}\n)\nand on ()\nsum({}) > 0",
                released.events(),
                released.rate_of_range()
            ),
        ))
}
