//! The fleet in eight numbers, what to do, and where to begin.

use super::queues;
use crate::dashboards::look::Bad;
use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::promql::metric;
use crate::dashboards::query::now;
use crate::dashboards::{alerts, numbers};

pub(super) fn panels() -> Vec<Panel> {
    vec![
        alerts::count(),
        overspent(),
        numbers::wasted(),
        waste_of_budget(),
        numbers::spend(),
        dearest(),
        numbers::messages(),
        numbers::workers(),
        alerts::firing(),
        queues::worst_first(),
    ]
}

fn overspent() -> Panel {
    let about = About {
        shows: "30-day error budgets that are used up: of delivery, latency and freshness, for each queue. Polling \
                is judged in dollars, beside this.",
        good: "none.",
        otherwise: "the table below names the queues. Mend before you change anything else.",
    };
    Panel::new(Look::Number, "Budgets overspent", about)
        .bad(Bad::From(1.0))
        .say(0.0, "none")
        .none("no rules")
        .ask(now(
            "budgets",
            format!(
                "sum(
  {} < bool 0
)",
                metric("job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d")
                    .user_facing()
            ),
        ))
}

fn waste_of_budget() -> Panel {
    let about = About {
        shows: "The waste of the worst queue, as a share of what its configuration lets it waste.",
        good: "well below 100 %.",
        otherwise: "above 100 % an alert follows if it lasts. The table below has the queue.",
    };
    Panel::new(Look::Number, "Worst: waste of budget", about)
        .unit("percentunit")
        .bad(Bad::From(1.0))
        .none("no rules")
        .ask(now(
            "worst queue",
            format!(
                "max(
  {}
  / ({} > 0)
)",
                metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m"),
                metric("job_queue:longshore_waste_budget:usd_per_30d")
            ),
        ))
}

fn dearest() -> Panel {
    let about = About {
        shows: "What a message costs in the queue where it is dearest, as a share of what its objective allows. \
                Idle long polls are not counted.",
        good: "below 100 %.",
        otherwise: "requests travel half empty, or fail and are repeated: open the queue, row Money.",
    };
    Panel::new(Look::Number, "Worst: cost of objective", about)
        .unit("percentunit")
        .bad(Bad::From(1.0))
        .none("no messages")
        .ask(now(
            "worst queue",
            format!(
                "max(
  {}
  / ({} > 0)
)",
                metric("job_queue:longshore_message_cost:usd_rate30m"),
                metric("job_queue:longshore_message_cost_objective:usd")
            ),
        ))
}
