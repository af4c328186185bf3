//! What was configured, here and in SQS.

use crate::dashboards::panel::{About, Look, Order, Panel};
use crate::dashboards::promql::metric;
use crate::dashboards::query::rows;
use crate::dashboards::table::Column;
use crate::rules::BY_QUEUE;

pub(super) fn panels() -> Vec<Panel> {
    vec![workers(), sqs()]
}

fn workers() -> Panel {
    let about = About {
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
    let order = vec![("Wait", Order::LowestFirst)];
    Panel::new(Look::Table { columns, order }, "Configured", about)
        .wide(12)
        .unit("none")
        .none("no workers")
        .ask(rows(format!(
            "max by ({BY_QUEUE}, instance) ({})",
            metric("longshore_configured_wait_seconds")
        )))
        .ask(rows(format!(
            "max by ({BY_QUEUE}, instance) ({})",
            metric("longshore_configured_visibility_seconds")
        )))
        .ask(rows(format!(
            "max by ({BY_QUEUE}, instance) ({})",
            metric("longshore_configured_concurrency")
        )))
        .ask(rows(format!(
            "1e6 * max by ({BY_QUEUE}, instance) ({})",
            metric("longshore_request_price_usd")
        )))
}

fn sqs() -> Panel {
    let about = About {
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
    Panel::new(Look::Table { columns, order: vec![] }, "Of the queue itself", about)
        .wide(12)
        .unit("none")
        .none("no workers")
        .ask(rows(format!(
            "max by ({BY_QUEUE}, attribute) ({})",
            metric("longshore_queue_attribute")
        )))
}
