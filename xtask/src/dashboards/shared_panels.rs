//! Panels and columns that more than one dashboard shows.

use super::panel::{Description, Panel, PanelKind};
use super::promql::{firing_alerts, metric};
use super::query::{instant, quantile, rows, series};
use super::style::{Color, Threshold};
use super::table::Column;
use crate::rules::{BY_QUEUE, DashboardId, runbook_url};

/// The number of firing alerts. If the rules are missing, it shows "no rules" instead of zero.
pub(super) fn firing_alert_count() -> Panel {
    let description = Description {
        shows: "Number of firing alerts of the selected queues.",
        good: "No alert fires.",
        otherwise: "Read the table of firing alerts. It links each alert to its runbook. \"no \
            rules\" means that Prometheus has not loaded `alerts/longshore.rules.yml`, so no alert \
            can fire.",
    };
    Panel::new(PanelKind::Stat, "Firing alerts", description)
        .threshold(Threshold::BadFrom(1.0))
        .map_value(0.0, "none")
        .no_value("no rules")
        .query(instant(
            "alerts",
            format!(
                "count({})
or
0 * count({})",
                firing_alerts(),
                metric("job_queue_slo:longshore_slo_objective:ratio")
            ),
        ))
}

/// The firing alerts, with links to their runbooks and queues.
pub(super) fn firing_alert_table() -> Panel {
    let description = Description {
        shows: "The alerts that fire now. The name of an alert links to its runbook.",
        good: "The table is empty.",
        otherwise: "Click the name of the alert and follow its runbook. Click the queue to open \
            its dashboard. Act on `critical` now and on `warning` in working hours.",
    };
    let runbook = runbook_url("${__data.fields.alertname}");
    let columns = vec![
        Column::label("severity"),
        Column::label("alertname").link("Runbook", runbook),
        queue_column(),
        Column::label("slo"),
        Column::label("long_window"),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
        Column::hidden("Value"),
    ];
    Panel::new(
        PanelKind::Table { columns, sort: vec![] },
        "Firing alerts and runbooks",
        description,
    )
    .height(5)
    .unit("string")
    .no_value("No alert fires")
    .query(rows(format!(
        "max by ({BY_QUEUE}, slo, alertname, severity, long_window) (
  {}
)",
        firing_alerts()
    )))
}

/// A column of queues. Each name links to the dashboard of the queue.
pub(super) fn queue_column() -> Column {
    let url = format!(
        "{}?var-queue=${{__data.fields.queue}}&var-job=${{__data.fields.job}}&${{datasource:queryparam}}\
         &${{cluster:queryparam}}&${{namespace:queryparam}}&${{__url_time_range}}",
        DashboardId::Queue.path()
    );
    Column::label("queue").link("Open the queue", url)
}

pub(super) fn waste_per_month() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days for avoidable empty receives: those that returned before a full \
            long poll was over. The value uses the rate of the last 30 minutes.",
        good: "Near $0, even if the queues are idle.",
        otherwise: "The row Cost shows when the waste started. Follow the runbook \
            LongshorePollingWaste.",
    };
    Panel::new(PanelKind::StatWithGraph, "Waste per month", description)
        .unit("currencyUSD")
        .no_value("no rules")
        .query(series(
            "waste",
            format!("sum({})", metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m")),
        ))
}

pub(super) fn spend_per_month() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days for all requests to SQS, at the rate of the last 30 minutes.",
        good: "The spend follows the traffic.",
        otherwise: "If the spend rises and the number of messages does not, read the row Cost.",
    };
    Panel::new(PanelKind::StatWithGraph, "Spend per month", description)
        .unit("currencyUSD")
        .no_value("no rules")
        .query(series(
            "spend",
            format!("sum({})", metric("job_queue:longshore_spend:usd_per_30d_rate30m")),
        ))
}

pub(super) fn message_rate() -> Panel {
    let description = Description {
        shows: "Messages processed and deleted, per second.",
        good: "The rate is as you expect at this time of day.",
        otherwise: "If the rate is zero and the backlog is not, check whether \
            LongshorePollersStalled fires.",
    };
    Panel::new(PanelKind::StatWithGraph, "Messages per second", description).unit("mps").query(
        series(
            "messages",
            format!("sum({})", metric("longshore_messages_total").with("result", "deleted").rate()),
        ),
    )
}

pub(super) fn worker_count() -> Panel {
    let description = Description {
        shows: "Worker processes that Prometheus scrapes.",
        good: "The number is equal to the number of workers that you run.",
        otherwise: "The dashboard Shutdown and scaling shows which workers started and stopped.",
    };
    Panel::new(PanelKind::StatWithGraph, "Workers", description)
        .no_value("none")
        .query(series("workers", format!("count({})", metric("longshore_build_info"))))
}

/// Spend, waste and waste budget of all selected queues.
pub(super) fn spend_and_waste(title: &'static str, description: Description) -> Panel {
    let spend = series(
        "spend",
        format!("sum({})", metric("job_queue:longshore_spend:usd_per_30d_rate30m")),
    );
    let waste = series(
        "waste",
        format!("sum({})", metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m")),
    );
    let budget = series(
        "waste budget",
        format!("sum({})", metric("job_queue:longshore_waste_budget:usd_per_30d")),
    );
    Panel::new(PanelKind::Lines, title, description)
        .unit("currencyUSD")
        .no_value("no rules")
        .query(spend.color(Color::Blue))
        .query(waste.color(Color::Orange))
        .query(budget.dashed())
}

/// The rate of empty receives, and the rate that the same time needs if each receive waits for the
/// longest time that SQS supports.
pub(super) fn empty_receives(title: &'static str, description: Description) -> Panel {
    let actual = series(
        "actual",
        format!(
            "sum(
  {}
)",
            metric("longshore_receive_duration_seconds_count").with("outcome", "empty").rate()
        ),
    );
    let minimum = series(
        "minimum",
        format!(
            "sum(
  sum by ({BY_QUEUE}) ({})
  / {}
)",
            metric("longshore_receive_duration_seconds_sum").with("outcome", "empty").rate(),
            metric("job_queue:longshore_long_poll_reference:seconds")
        ),
    );
    Panel::new(PanelKind::Lines, title, description)
        .unit("reqps")
        .query(actual.color(Color::Orange))
        .query(minimum.dashed())
}

/// The time from the first receive of a message to the start of its handler, for redeliveries.
pub(super) fn redelivery_delay(description: Description) -> Panel {
    let delay = metric("longshore_redelivery_delay_seconds");
    Panel::new(PanelKind::Lines, "Redelivery delay", description)
        .unit("s")
        .no_value("no redeliveries")
        .query(quantile("0.5", "p50", &delay).color(Color::Sky))
        .query(quantile("0.99", "p99", &delay).color(Color::Blue))
}
