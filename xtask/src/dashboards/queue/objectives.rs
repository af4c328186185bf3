//! The objectives of the queue and its error budgets.

use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Axis, Description, Panel, PanelKind, SortOrder};
use crate::dashboards::promql::{events, metric};
use crate::dashboards::query::{rows, series};
use crate::dashboards::style::Threshold;
use crate::dashboards::table::Column;
use longshore::label::LabelSet;
use longshore::slo::Slo;

const SLO_LEGEND: &str = "{{slo}}";

pub(super) fn objectives() -> Section {
    section("Objectives", vec![objective_table(), bad_events(), burn_rate(), budget_left()])
}

fn objective_table() -> Panel {
    let description = Description {
        shows: "Each SLO with its objective, its remaining 30-day error budget, and its burn rate \
            over windows from 5 minutes to 3 days, of the worst job if there are several. Polling is \
            not included, because Waste vs budget measures it in dollars.",
        good: "Remaining budgets above 0 %, burn rates below 1.",
        otherwise: "A high burn rate in the short windows means that the problem continues. If \
            only the long windows are high, the problem is over. The last column is the minimum \
            number of bad events for an alert.",
    };
    let burn = |field, title| {
        Column::value(field, title, "short")
            .threshold(Threshold::From(1.0, 14.4))
            .no_value("no events")
    };
    let columns = vec![
        Column::label("slo", "SLO"),
        // The decimals of 99.9 % matter.
        Column::value("Value #A", "Objective", "percentunit").decimals(2),
        Column::value("Value #B", "Budget left", "percentunit")
            .threshold(Threshold::WarnBelow(0.0))
            .map_to(-1.0, "< -100%")
            .no_value("no events"),
        burn("Value #C", "Burn, 5 m"),
        burn("Value #D", "Burn, 1 h"),
        burn("Value #E", "Burn, 6 h"),
        burn("Value #F", "Burn, 3 d"),
        Column::value("Value #G", "Bad, 1 h", "none"),
        Column::value("Value #H", "Bad, 3 d", "none"),
        Column::value("Value #I", "Alert from", "none"),
    ]
    .into_iter()
    .map(|column| column.at_least(105))
    .collect();
    let sort = vec![("Budget left", SortOrder::Ascending)];
    let table =
        Panel::new(PanelKind::Table { columns, sort }, "Objectives, worst first", description)
            .height(6)
            .explains(&["LongshoreObjectiveMissing", "LongshoreObjectiveConflict"])
            .no_value("no rules");
    [
        ("min", "objective:ratio"),
        ("min", "error_budget_remaining:ratio_rate30d"),
        ("max", "burn_rate:ratio_rate5m"),
        ("max", "burn_rate:ratio_rate1h"),
        ("max", "burn_rate:ratio_rate6h"),
        ("max", "burn_rate:ratio_rate3d"),
        ("max", "bad_events:increase1h"),
        ("max", "bad_events:increase3d"),
        ("max", "min_bad_events:count"),
    ]
    .iter()
    .fold(table, |table, (aggregation, series)| {
        let series = metric(format!("job_queue_slo:longshore_slo_{series}")).user_facing();
        table.query(rows(format!("{aggregation} by (slo) ({series})")))
    })
}

fn bad_events() -> Panel {
    let description = Description {
        shows: "Number of bad events of each SLO. For delivery, each is a message that was lost or \
            went to the dead-letter queue.",
        good: "None, or fewer than the objective allows.",
        otherwise: "Delivery: read the graph Handler failures by kind. Latency and freshness: read \
            the row Handler time and queue wait. Polling: read the row Requests and polling.",
    };
    Panel::new(PanelKind::StackedBars, "Bad events by SLO", description)
        .unit("short")
        .whole()
        .no_value("none")
        .explains(&["LongshoreMessagesLost", "LongshoreErrorBudgetBurn"])
        .fixed_colors(Slo::VALUES)
        .query(series(
            SLO_LEGEND,
            events("slo", &metric("longshore_slo_events_total").with("result", "bad")),
        ))
}

fn burn_rate() -> Panel {
    let description = Description {
        shows: "The burn rate of each error budget over 1 hour. At a burn rate of 1, the budget \
            lasts exactly 30 days. The graph shows values above 30 as 30.",
        good: "Below 1, the lower dashed line.",
        otherwise: "Above 14.4, the upper dashed line, a critical alert fires. For polling, which \
            is measured in dollars, follow LongshorePollingWaste.",
    };
    Panel::new(PanelKind::Lines, "Burn rate by SLO", description)
        .unit("short")
        .axis_to(20.0)
        .threshold(Threshold::From(1.0, 14.4))
        .no_value("no rules, or no events")
        .explains(&["LongshoreErrorBudgetBurn"])
        .fixed_colors(Slo::VALUES)
        .query(series(
            SLO_LEGEND,
            format!(
                "clamp_max(
  max by (slo) ({}),
  30
)",
                metric("job_queue_slo:longshore_slo_burn_rate:ratio_rate1h")
            ),
        ))
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
        .axis(Axis::Fixed { min: -1.0, max: 1.0 })
        .threshold(Threshold::WarnBelow(0.0))
        .no_value("no rules, or no events")
        .fixed_colors(Slo::VALUES)
        .query(series(
            SLO_LEGEND,
            format!(
                "clamp_min(
  min by (slo) ({}),
  -1
)",
                metric("job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d")
            ),
        ))
}
