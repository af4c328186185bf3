//! The settings of the workers and the attributes of the queue.

use crate::dashboards::dashboard::{Section, collapsed};
use crate::dashboards::panel::{Description, Panel, PanelKind, SortOrder};
use crate::dashboards::promql::metric;
use crate::dashboards::query::rows;
use crate::dashboards::table::Column;

pub(super) fn settings() -> Section {
    collapsed("Settings", vec![worker_settings(), queue_attributes()])
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
        Column::label("instance", "Instance").width(200),
        Column::value("Value #A", "Wait", "s"),
        Column::value("Value #B", "Visibility", "s"),
        Column::value("Value #C", "Concurrency", "none"),
        Column::value("Value #D", "Per million", "currencyUSD"),
    ];
    let sort = vec![("Wait", SortOrder::Ascending)];
    let table = Panel::new(PanelKind::Table { columns, sort }, "Worker settings", description)
        .width(12)
        .height(6)
        .no_value("no workers");
    let setting = |name| format!("max by (instance) ({})", metric(name));
    table
        .query(rows(setting("longshore_configured_wait_seconds")))
        .query(rows(setting("longshore_configured_visibility_seconds")))
        .query(rows(setting("longshore_configured_concurrency")))
        .query(rows(format!("1e6 * {}", setting("longshore_request_price_usd"))))
}

fn queue_attributes() -> Panel {
    let description = Description {
        shows: "The attributes of the queue that the workers read from SQS at start.",
        good: "The maximum of receives is above 1, because otherwise one failure moves a message to \
            the dead-letter queue. The retention is several days.",
        otherwise: "If the maximum of receives is 0, the queue has no dead-letter queue. A message \
            that always fails is redelivered until its retention ends.",
    };
    let columns = vec![
        Column::value("Value #A", "Retention", "s"),
        Column::value("Value #B", "Visibility", "s"),
        Column::value("Value #C", "Receive wait", "s"),
        Column::value("Value #D", "Delay", "s"),
        Column::value("Value #E", "Max receives", "none"),
        Column::value("Value #F", "DLQ retention", "s").no_value("unknown"),
    ];
    let kind = PanelKind::Table { columns, sort: vec![] };
    let table = Panel::new(kind, "Queue attributes", description)
        .width(12)
        .height(6)
        .no_value("no workers");
    let attribute = |name: &str| {
        rows(format!("max({})", metric("longshore_queue_attribute").with("attribute", name)))
    };
    [
        "retention_seconds",
        "visibility_timeout_seconds",
        "receive_wait_seconds",
        "delay_seconds",
        "max_receive_count",
    ]
    .iter()
    .fold(table, |table, name| table.query(attribute(name)))
    .query(rows(format!("max({})", metric("job_queue:longshore_dead_letter_retention:seconds"))))
}
