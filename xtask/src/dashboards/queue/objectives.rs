//! The objectives of the queue, its error budgets and its settings.

use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Description, Panel, PanelKind, SortOrder};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{rows, series};
use crate::dashboards::style::Threshold;
use crate::dashboards::table::Column;
use crate::rules::{BY_QUEUE, BY_SLO};
use longshore::telemetry::{LabelSet, Slo};

const SLO_LEGEND: &str = "{{slo}} {{job}} {{namespace}} {{cluster}}";

pub(super) fn objectives() -> Section {
    section("Objectives", vec![objective_table(), error_ratio(), burn_rate(), budget_left()])
}

fn objective_table() -> Panel {
    let description = Description {
        shows: "Each SLO: its objective, what is left of its 30-day budget, and how fast it burns over windows from \
                five minutes to three days. `docs/slo.md` says what a good event is.",
        good: "budgets above 0 %, burns below 1.",
        otherwise: "a fast burn in the short windows goes on now; one in the long windows alone is over. Few bad \
                    events are no alert: it takes as many as the last column says.",
    };
    let burn = |field, title| {
        Column::value(field, title, "short")
            .threshold(Threshold::BadFrom(1.0))
            .no_value("no events")
    };
    let columns = vec![
        Column::label("slo"),
        Column::value("Value #A", "Objective", "percentunit"),
        Column::value("Value #B", "Budget left", "percentunit")
            .threshold(Threshold::BadBelow(0.0))
            .no_value("no events"),
        burn("Value #C", "Burn, 5 m"),
        burn("Value #D", "1 h"),
        burn("Value #E", "6 h"),
        burn("Value #F", "3 d"),
        Column::value("Value #G", "Bad, 1 h", "none"),
        Column::value("Value #H", "Bad, 3 d", "none"),
        Column::value("Value #I", "Alerts from", "none"),
        Column::label("queue"),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
    ];
    let sort = vec![("Budget left", SortOrder::Ascending)];
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
        shows: "Bad events of all, over an hour, and what each objective allows.",
        good: "each line below its dashed one.",
        otherwise: "delivery: see how handlers end. Latency and freshness: the row Latency and lag. Polling: the \
                    row Polling.",
    };
    Panel::new(PanelKind::Lines, "Bad events of all", description)
        .unit("percentunit")
        .no_value("no events")
        .fixed_colors(Slo::VALUES)
        .query(series(SLO_LEGEND, metric("job_queue_slo:longshore_slo_errors:ratio_rate1h")))
        .query(
            series(
                "{{slo}} may",
                format!("1 - {}", metric("job_queue_slo:longshore_slo_objective:ratio")),
            )
            .dashed(),
        )
}

fn burn_rate() -> Panel {
    let description = Description {
        shows: "How many times faster than affordable each error budget burns, over an hour. At 1 it lasts exactly \
                30 days.",
        good: "below 1.",
        otherwise: "runbook LongshoreErrorBudgetBurn; for polling, LongshorePollingWaste.",
    };
    Panel::new(PanelKind::Lines, "Burn", description)
        .unit("short")
        .log_scale()
        .threshold(Threshold::BadFrom(1.0))
        .no_value("no events")
        .fixed_colors(Slo::VALUES)
        .query(series(SLO_LEGEND, metric("job_queue_slo:longshore_slo_burn_rate:ratio_rate1h")))
}

fn budget_left() -> Panel {
    let description = Description {
        shows: "What is left of each 30-day error budget, or of as much of it as Prometheus keeps.",
        good: "above 0 %.",
        otherwise: "below 0 % the objective is missed: mend before you change anything else. Lower than -100 % is \
                    not drawn.",
    };
    Panel::new(PanelKind::Lines, "Budget left", description)
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
        shows: "What each worker was told: `longshore check` says where each value comes from.",
        good: "a wait of 20 s, and the same on all workers.",
        otherwise: "workers that differ are a roll-out that hangs, or two configurations.",
    };
    let columns = vec![
        Column::label("instance"),
        Column::value("Value #A", "Wait", "s"),
        Column::value("Value #B", "Visibility", "s"),
        Column::value("Value #C", "Concurrency", "none"),
        Column::value("Value #D", "A million requests", "currencyUSD"),
        Column::label("queue"),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
    ];
    let sort = vec![("Wait", SortOrder::Ascending)];
    Panel::new(PanelKind::Table { columns, sort }, "Configured", description)
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
        shows: "The queue's own attributes, as SQS told them when the workers started: seconds, and a count.",
        good: "max_receive_count above 1, for else one failure loses a message to the dead letters; retention of \
               days.",
        otherwise: "0 for max_receive_count is no dead-letter queue: a message that always fails comes back until \
                    it is too old.",
    };
    let columns = vec![
        Column::label("attribute"),
        Column::value("Value", "value", "none"),
        Column::label("queue"),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
    ];
    Panel::new(PanelKind::Table { columns, sort: vec![] }, "Of the queue itself", description)
        .width(12)
        .unit("none")
        .no_value("no workers")
        .query(rows(format!(
            "max by ({BY_QUEUE}, attribute) ({})",
            metric("longshore_queue_attribute")
        )))
}
