//! What the queue is held to, and how it does.

use crate::dashboards::look::Bad;
use crate::dashboards::panel::{About, Look, Order, Panel};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{rows, series};
use crate::dashboards::table::Column;
use crate::rules::BY_SLO;
use longshore::telemetry::{LabelSet, Slo};

const EACH_SLO: &str = "{{slo}} {{job}} {{namespace}} {{cluster}}";

pub(super) fn panels() -> Vec<Panel> {
    vec![table(), errors(), burn(), left()]
}

fn table() -> Panel {
    let about = About {
        shows: "Each SLO: its objective, what is left of its 30-day budget, and how fast it burns over windows from \
                five minutes to three days. `docs/slo.md` says what a good event is.",
        good: "budgets above 0 %, burns below 1.",
        otherwise: "a fast burn in the short windows goes on now; one in the long windows alone is over. Few bad \
                    events are no alert: it takes as many as the last column says.",
    };
    let burn =
        |field, title| Column::value(field, title, "short").bad(Bad::From(1.0)).none("no events");
    let columns = vec![
        Column::label("slo"),
        Column::value("Value #A", "Objective", "percentunit"),
        Column::value("Value #B", "Budget left", "percentunit")
            .bad(Bad::Below(0.0))
            .none("no events"),
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
    let order = vec![("Budget left", Order::LowestFirst)];
    let table = Panel::new(Look::Table { columns, order }, "Objectives, worst first", about)
        .unit("short")
        .none("no rules");
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
        table.ask(rows(format!("max by ({BY_SLO}) ({series})")))
    })
}

fn errors() -> Panel {
    let about = About {
        shows: "Bad events of all, over an hour, and what each objective allows.",
        good: "each line below its dashed one.",
        otherwise: "delivery: see how handlers end. Latency and freshness: the row Latency and lag. Polling: the \
                    row Polling.",
    };
    Panel::new(Look::Lines, "Bad events of all", about)
        .unit("percentunit")
        .none("no events")
        .coloured(Slo::VALUES)
        .ask(series(EACH_SLO, metric("job_queue_slo:longshore_slo_errors:ratio_rate1h")))
        .ask(
            series(
                "{{slo}} may",
                format!("1 - {}", metric("job_queue_slo:longshore_slo_objective:ratio")),
            )
            .dashed(),
        )
}

fn burn() -> Panel {
    let about = About {
        shows: "How many times faster than affordable each error budget burns, over an hour. At 1 it lasts exactly \
                30 days.",
        good: "below 1.",
        otherwise: "runbook LongshoreErrorBudgetBurn; for polling, LongshorePollingWaste.",
    };
    Panel::new(Look::Lines, "Burn", about)
        .unit("short")
        .steep()
        .bad(Bad::From(1.0))
        .none("no events")
        .coloured(Slo::VALUES)
        .ask(series(EACH_SLO, metric("job_queue_slo:longshore_slo_burn_rate:ratio_rate1h")))
}

fn left() -> Panel {
    let about = About {
        shows: "What is left of each 30-day error budget, or of as much of it as Prometheus keeps.",
        good: "above 0 %.",
        otherwise: "below 0 % the objective is missed: mend before you change anything else. Lower than -100 % is \
                    not drawn.",
    };
    Panel::new(Look::Lines, "Budget left", about)
        .unit("percentunit")
        .bad(Bad::Below(0.0))
        .none("no events")
        .coloured(Slo::VALUES)
        .ask(series(
            EACH_SLO,
            format!(
                "clamp_min({}, -1)",
                metric("job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d")
            ),
        ))
}
