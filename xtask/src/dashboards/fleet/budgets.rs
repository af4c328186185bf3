//! The error budgets of all queues, each by its worst SLO.

use crate::dashboards::look::Bad;
use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{EACH_QUEUE, series};
use crate::rules::BY_QUEUE;

pub(super) fn panels() -> Vec<Panel> {
    vec![left(), burn()]
}

fn left() -> Panel {
    let about = About {
        shows: "What is left of the 30-day error budget, of the SLO of each queue that has least: delivery, latency \
                or freshness. Polling is judged in dollars, above.",
        good: "above 0 %. It falls with each bad event and comes back as they grow old.",
        otherwise: "below 0 % the objective is missed: open the queue. Lower than -100 % is not drawn.",
    };
    Panel::new(Look::Lines, "Budget left, each queue's worst SLO", about)
        .wide(12)
        .unit("percentunit")
        .bad(Bad::Below(0.0))
        .none("no events")
        .ask(series(
            EACH_QUEUE,
            format!(
                "clamp_min(
  min by ({BY_QUEUE}) ({}),
  -1
)",
                metric("job_queue_slo:longshore_slo_error_budget_remaining:ratio_rate30d")
                    .user_facing()
            ),
        ))
}

fn burn() -> Panel {
    let about = About {
        shows: "How fast the budget burns over an hour, of the SLO of each queue that burns fastest: delivery, \
                latency or freshness. At 1 it lasts exactly 30 days.",
        good: "below 1.",
        otherwise: "14.4 for an hour wakes somebody. Open the queue to see which SLO it is.",
    };
    Panel::new(Look::Lines, "Burn, each queue's worst SLO", about)
        .wide(12)
        .unit("short")
        .steep()
        .bad(Bad::From(1.0))
        .none("no events")
        .ask(series(
            EACH_QUEUE,
            format!(
                "max by ({BY_QUEUE}) ({})",
                metric("job_queue_slo:longshore_slo_burn_rate:ratio_rate1h").user_facing()
            ),
        ))
}
