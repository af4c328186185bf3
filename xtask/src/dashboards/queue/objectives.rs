//! The objectives of the queue, its error budgets and its settings.

use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Description, Panel, PanelKind, SortOrder};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{rows, series};
use crate::dashboards::style::Threshold;
use crate::dashboards::table::Column;
use crate::rules::{BY_QUEUE, BY_SLO};
use longshore::label::LabelSet;
use longshore::slo::Slo;

const SLO_LEGEND: &str = "{{slo}} {{job}} {{namespace}} {{cluster}}";

pub(super) fn objectives() -> Section {
    section("Objectives", vec![objective_table(), error_ratio(), burn_rate(), budget_left()])
}

fn objective_table() -> Panel {
    let description = Description {
        shows: "Each SLO with its objective, its remaining 30-day error budget, and its burn rate \
            over windows from 5 minutes to 3 days. `docs/slo.md` defines a good event.",
        good: "Remaining budgets above 0 %, burn rates below 1.",
        otherwise: "A high burn rate in the short windows means that the problem continues. If \
            only the long windows are high, the problem is over. The last column is the minimum \
            number of bad events for an alert.",
    };
    let burn = |field, title| {
        Column::value(field, title, "short")
            .threshold(Threshold::BadFrom(1.0))
            .no_value("no events")
    };
    let columns = vec![
        Column::label("slo"),
        Column::value("Value #A", "Objective", "percentunit"),
        Column::value("Value #B", "Remaining budget", "percentunit")
            .threshold(Threshold::BadBelow(0.0))
            .no_value("no events"),
        burn("Value #C", "Burn rate, 5 m"),
        burn("Value #D", "Burn rate, 1 h"),
        burn("Value #E", "Burn rate, 6 h"),
        burn("Value #F", "Burn rate, 3 d"),
        Column::value("Value #G", "Bad events, 1 h", "none"),
        Column::value("Value #H", "Bad events, 3 d", "none"),
        Column::value("Value #I", "Minimum for an alert", "none"),
        Column::label("queue"),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
    ];
    let sort = vec![("Remaining budget", SortOrder::Ascending)];
    let table =
        Panel::new(PanelKind::Table { columns, sort }, "Objectives, worst first", description)
            .unit("short")
            .no_value("no rules");
    [
        "objective:ratio",
        "error_budget_remaining:ratio_rate30d",
        "burn_rate:ratio_rate5m",
        "burn_rate:ratio_rate1h",
        "burn_rate:ratio_rate6h",
        "burn_rate:ratio_rate3d",
        "bad_events:increase1h",
        "bad_events:increase3d",
        "min_bad_events:count",
    ]
    .iter()
    .fold(table, |table, series| {
        let series = metric(format!("job_queue_slo:longshore_slo_{series}"));
        table.query(rows(format!("max by ({BY_SLO}) ({series})")))
    })
}

fn error_ratio() -> Panel {
    let description = Description {
        shows: "Bad events as a share of all events over 1 hour, and the share that each objective \
            allows.",
        good: "Each line is below its dashed line.",
        otherwise: "Delivery: read the graph Handler failures by kind. Latency and freshness: read \
            the row Handler time and queue wait. Polling: read the row Polling.",
    };
    Panel::new(PanelKind::Lines, "Bad event ratio by SLO", description)
        .unit("percentunit")
        .no_value("no events")
        .fixed_colors(Slo::VALUES)
        .query(series(SLO_LEGEND, metric("job_queue_slo:longshore_slo_errors:ratio_rate1h")))
        .query(
            series(
                "{{slo}} allowed",
                format!("1 - {}", metric("job_queue_slo:longshore_slo_objective:ratio")),
            )
            .dashed(),
        )
}

fn burn_rate() -> Panel {
    let description = Description {
        shows: "The burn rate of each error budget over 1 hour. At a burn rate of 1, the budget \
            lasts exactly 30 days.",
        good: "Below 1.",
        otherwise: "Follow the runbook LongshoreErrorBudgetBurn. For polling, follow \
            LongshorePollingWaste.",
    };
    Panel::new(PanelKind::Lines, "Burn rate by SLO", description)
        .unit("short")
        .log_scale()
        .threshold(Threshold::BadFrom(1.0))
        .no_value("no events")
        .fixed_colors(Slo::VALUES)
        .query(series(SLO_LEGEND, metric("job_queue_slo:longshore_slo_burn_rate:ratio_rate1h")))
}

fn budget_left() -> Panel {
    let description = Description {
        shows: "The remaining share of each 30-day error budget. If Prometheus keeps less than 30 \
            days, the value covers what it keeps.",
        good: "Above 0 %.",
        otherwise: "Below 0 % the objective is missed. Fix the cause before you change anything \
            else. The graph does not show values below -100 %.",
    };
    Panel::new(PanelKind::Lines, "Remaining error budget by SLO", description)
        .unit("percentunit")
        .threshold(Threshold::BadBelow(0.0))
        .no_value("no events")
        .fixed_colors(Slo::VALUES)
        .query(series(
            SLO_LEGEND,
            format!(
                "clamp_min({}, -1)",
                metric("job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d")
            ),
        ))
}

pub(super) fn settings() -> Section {
    section("Settings", vec![worker_settings(), queue_attributes()])
}

fn worker_settings() -> Panel {
    let description = Description {
        shows: "The configuration of each worker. `longshore check` shows where each value comes \
            from.",
        good: "A wait of 20 s, and the same values for all workers.",
        otherwise: "If workers differ, a rollout has stopped halfway or two configurations are in \
            use.",
    };
    let columns = vec![
        Column::label("instance"),
        Column::value("Value #A", "Wait", "s"),
        Column::value("Value #B", "Visibility timeout", "s"),
        Column::value("Value #C", "Concurrency", "none"),
        Column::value("Value #D", "Price per million requests", "currencyUSD"),
        Column::label("queue"),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
    ];
    let sort = vec![("Wait", SortOrder::Ascending)];
    Panel::new(PanelKind::Table { columns, sort }, "Worker settings", description)
        .width(12)
        .unit("none")
        .no_value("no workers")
        .query(rows(format!(
            "max by ({BY_QUEUE}, instance) ({})",
            metric("longshore_configured_wait_seconds")
        )))
        .query(rows(format!(
            "max by ({BY_QUEUE}, instance) ({})",
            metric("longshore_configured_visibility_seconds")
        )))
        .query(rows(format!(
            "max by ({BY_QUEUE}, instance) ({})",
            metric("longshore_configured_concurrency")
        )))
        .query(rows(format!(
            "1e6 * max by ({BY_QUEUE}, instance) ({})",
            metric("longshore_request_price_usd")
        )))
}

fn queue_attributes() -> Panel {
    let description = Description {
        shows: "The attributes of the queue that the workers read from SQS at start. Durations are \
            in seconds. `max_receive_count` is a count.",
        good: "`max_receive_count` is above 1, because otherwise one failure moves a message to \
            the dead-letter queue. The retention is several days.",
        otherwise: "If `max_receive_count` is 0, the queue has no dead-letter queue. A message \
            that always fails is redelivered until its retention ends.",
    };
    let columns = vec![
        Column::label("attribute"),
        Column::value("Value", "Value", "none"),
        Column::label("queue"),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
    ];
    Panel::new(PanelKind::Table { columns, sort: vec![] }, "Queue attributes", description)
        .width(12)
        .unit("none")
        .no_value("no workers")
        .query(rows(format!(
            "max by ({BY_QUEUE}, attribute) ({})",
            metric("longshore_queue_attribute")
        )))
}
