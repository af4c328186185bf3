//! Panels and columns that more than one dashboard shows.

use super::panel::{Description, Panel, PanelKind};
use super::promql::{firing_alerts, metric};
use super::query::{instant, quantile, rows, series};
use super::style::{Color, Threshold};
use super::table::Column;
use crate::rules::{BY_QUEUE, DashboardId, runbook_url};

/// How many alerts fire. Without the rules it says so, rather than that all is well.
pub(super) fn firing_alert_count() -> Panel {
    let description = Description {
        shows: "Alerts of the chosen queues that fire now.",
        good: "none.",
        otherwise: "the table of firing alerts names them and links to their runbooks. \"No rules\" means that \
                    Prometheus has not loaded `alerts/longshore.rules.yml`, and nothing can fire.",
    };
    Panel::new(PanelKind::Stat, "Alerts firing", description)
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

/// DashboardId ones, and since when.
pub(super) fn firing_alert_table() -> Panel {
    let description = Description {
        shows: "The alerts that fire now, each with its runbook: click its name.",
        good: "no rows.",
        otherwise: "`critical` is for now, `warning` for working hours. Click the name for what to do, and the \
                    queue to see it.",
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
    Panel::new(PanelKind::Table { columns, sort: vec![] }, "Firing alerts: what to do", description)
        .height(5)
        .unit("string")
        .no_value("Nothing fires.")
        .query(rows(format!(
            "max by ({BY_QUEUE}, slo, alertname, severity, long_window) (
  {}
)",
            firing_alerts()
        )))
}

/// The column of queues, each linked to its own dashboard.
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
        shows: "Dollars in 30 days, at the pace of the last half hour, for receives that came back empty before a \
                full long poll was over.",
        good: "near $0, however idle the queues are.",
        otherwise: "the row Money says since when; the runbook is that of LongshorePollingWaste.",
    };
    Panel::new(PanelKind::StatWithGraph, "Wasted a month", description)
        .unit("currencyUSD")
        .no_value("no rules")
        .query(series(
            "wasted",
            format!("sum({})", metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m")),
        ))
}

pub(super) fn spend_per_month() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days for all requests to SQS, at the pace of the last half hour.",
        good: "it follows the traffic.",
        otherwise: "if it rises and the messages do not, look at Money below.",
    };
    Panel::new(PanelKind::StatWithGraph, "Spend a month", description)
        .unit("currencyUSD")
        .no_value("no rules")
        .query(series(
            "spend",
            format!("sum({})", metric("job_queue:longshore_spend:usd_per_30d_rate30m")),
        ))
}

pub(super) fn message_rate() -> Panel {
    let description = Description {
        shows: "Messages that were handled and deleted, a second.",
        good: "what you expect of the hour.",
        otherwise: "none, with a backlog: look for stalled queues among the alerts.",
    };
    Panel::new(PanelKind::StatWithGraph, "Messages a second", description).unit("mps").query(
        series(
            "messages",
            format!("sum({})", metric("longshore_messages_total").with("result", "deleted").rate()),
        ),
    )
}

pub(super) fn worker_count() -> Panel {
    let description = Description {
        shows: "Worker processes that Prometheus scrapes.",
        good: "as many as you run.",
        otherwise: "the dashboard Shutdown and scaling shows who came and went.",
    };
    Panel::new(PanelKind::StatWithGraph, "Workers", description)
        .no_value("none")
        .query(series("workers", format!("count({})", metric("longshore_build_info"))))
}

/// All dollars, those in vain, and how many may be.
pub(super) fn spend_and_waste(title: &'static str, description: Description) -> Panel {
    let spend = series(
        "spend",
        format!("sum({})", metric("job_queue:longshore_spend:usd_per_30d_rate30m")),
    );
    let wasted = series(
        "wasted",
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
        .query(wasted.color(Color::Orange))
        .query(budget.dashed())
}

/// The sum of empty receives, and the fewest that the same time needs, had each waited as long as
/// it can.
pub(super) fn empty_receives(title: &'static str, description: Description) -> Panel {
    let made = series(
        "made",
        format!(
            "sum(
  {}
)",
            metric("longshore_receive_duration_seconds_count").with("outcome", "empty").rate()
        ),
    );
    let unavoidable = series(
        "unavoidable",
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
        .query(made.color(Color::Orange))
        .query(unavoidable.dashed())
}

/// How long after its first receive a message's handler starts once more.
pub(super) fn redelivery_delay(description: Description) -> Panel {
    let delay = metric("longshore_redelivery_delay_seconds");
    Panel::new(PanelKind::Lines, "Delay of redeliveries", description)
        .unit("s")
        .no_value("no redeliveries")
        .query(quantile("0.5", "half", &delay).color(Color::Sky))
        .query(quantile("0.99", "99 %", &delay).color(Color::Blue))
}
