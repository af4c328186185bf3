//! What the queues cost, and what of it is in vain.

use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::pictures;
use crate::dashboards::promql::metric;
use crate::dashboards::query::{EACH_QUEUE, series};

pub(super) fn panels() -> Vec<Panel> {
    vec![wasted(), all(), message()]
}

fn wasted() -> Panel {
    let about = About {
        shows: "Dollars in 30 days for avoidable empty receives, for each queue.",
        good: "near $0, and below the queue's waste budget.",
        otherwise: "runbook LongshorePollingWaste: most often `wait` is short.",
    };
    Panel::new(Look::Lines, "Wasted a month, each queue", about)
        .unit("currencyUSD")
        .none("no rules")
        .ask(series(EACH_QUEUE, metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m")))
}

fn all() -> Panel {
    let about = About {
        shows: "Dollars in 30 days of all queues: all requests, those in vain, and what may be in vain.",
        good: "the waste lies far below its budget.",
        otherwise: "the panel on the left says which queue.",
    };
    pictures::spend_and_waste("Spend and waste a month, all queues", about)
}

fn message() -> Panel {
    let about = About {
        shows: "Dollars for a million deleted messages, for each queue, idle long polls not counted, and the \
                strictest objective. Ten messages to a request cost $0.08, one to a request $0.80.",
        good: "below the objective.",
        otherwise: "runbook LongshoreMessageCostHigh.",
    };
    Panel::new(Look::Lines, "A million messages, each queue", about)
        .unit("currencyUSD")
        .none("no messages")
        .ask(series(
            EACH_QUEUE,
            format!("1e6 * {}", metric("job_queue:longshore_message_cost:usd_rate30m")),
        ))
        .ask(
            series(
                "objective",
                format!("1e6 * min({})", metric("job_queue:longshore_message_cost_objective:usd")),
            )
            .dashed(),
        )
}
