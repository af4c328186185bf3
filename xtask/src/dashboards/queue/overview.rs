//! The overview of one queue: nine numbers and the firing alerts.

use super::{cost, groups, latency, objectives, requests, routes, settings, settling, work};
use crate::dashboards::alerts;
use crate::dashboards::dashboard::{self, Dashboard};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::metric;
use crate::dashboards::query::instant;
use crate::dashboards::shared_panels;
use crate::dashboards::style::Threshold;
use crate::rules::DashboardId;

const ID: DashboardId = DashboardId::Queue;

pub(in crate::dashboards) fn dashboard() -> Dashboard {
    Dashboard {
        id: ID,
        title: "Longshore / Queue",
        description: "One SQS queue that Longshore consumes: its objectives, polling, cost, latency and messages.",
        shows_one_queue: true,
        introduction: "**Healthy:** nothing on this page is red or yellow. **Otherwise** do what the table of firing \
                       alerts says. The rows below show the cause. Grey means unknown.",
        sections: vec![
            dashboard::overview(vec![
                alerts::count(ID),
                shared_panels::highest_failure_ratio(PanelKind::Stat, "Failed handler calls"),
                shared_panels::dead_letters(),
                shared_panels::oldest_message(PanelKind::Stat, "Oldest message"),
                budget_left(),
                shared_panels::highest_waste(PanelKind::Stat, "Waste vs budget"),
                shared_panels::waste_per_month(),
                message_rate(),
                backlog(),
                alerts::table(ID),
            ]),
            work::work(),
            objectives::objectives(),
            requests::requests(),
            latency::latency(),
            latency::distributions(),
            settling::settling(),
            groups::groups(),
            routes::routes(),
            cost::cost(),
            settings::settings(),
        ],
    }
}

fn budget_left() -> Panel {
    let description = Description {
        shows: "The remaining share of the 30-day error budget, for the SLO that has the least: \
            delivery, latency or freshness. Polling is not included, because it is measured in \
            dollars.",
        good: "Above 0 %.",
        otherwise: "The row Objectives shows since when.",
    };
    Panel::new(PanelKind::NamedStat, "Remaining error budget", description)
        .unit("percentunit")
        .whole()
        .threshold(Threshold::WarnBelow(0.0))
        .map_to(-1.0, "< -100%")
        .no_value("no rules, or no events")
        .query(instant(
            "{{slo}}",
            format!(
                "bottomk(1, {})",
                metric("job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d")
                    .user_facing()
            ),
        ))
}

fn message_rate() -> Panel {
    let description = Description {
        shows: "Messages processed and deleted, per second, over the last 5 minutes.",
        good: "The rate is as you expect at this time of day.",
        otherwise: "If the rate is zero and the backlog is not, check whether \
            LongshorePollersStalled fires.",
    };
    let deleted = metric("longshore_messages_total").with("result", "deleted");
    Panel::new(PanelKind::Stat, "Messages", description)
        .width(4)
        .unit("mps")
        .query(instant("messages", format!("sum({})", deleted.over("rate", "5m"))))
}

fn backlog() -> Panel {
    let description = Description {
        shows: "Messages that can be received now, and messages that a consumer has or that wait \
            for a retry, as last reported by SQS.",
        good: "The backlog returns to zero between bursts.",
        otherwise: "If the backlog only rises, add workers or raise `concurrency`. The graph \
            In-flight and buffered messages shows whether the workers are full.",
    };
    let in_flight = metric("longshore_backlog_messages").with("state", "in_flight");
    Panel::new(PanelKind::Stat, "Backlog", description)
        .width(4)
        .unit("short")
        .no_value("unknown")
        .query(instant("waiting", format!("max({})", shared_panels::waiting())))
        .query(instant("in flight", format!("max({in_flight})")))
}
