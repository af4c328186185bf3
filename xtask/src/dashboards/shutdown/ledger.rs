//! What stops did to messages: the sum of all shutdown ledgers.

use crate::dashboards::alerts;
use crate::dashboards::look::Bad;
use crate::dashboards::panel::{About, Look, Order, Panel};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{rows, series};
use crate::dashboards::table::Column;
use crate::rules::BY_QUEUE;
use longshore::telemetry::{Fate, LabelSet};

pub(super) fn panels() -> Vec<Panel> {
    vec![over_time(), by_queue()]
}

fn over_time() -> Panel {
    let about = About {
        shows: "Messages that were in hand when a worker was told to stop, by what became of them.",
        good: "completed, and released: given back before a handler had them.",
        otherwise: "aborted: the grace was over. abandoned: SQS could not be told.",
    };
    Panel::new(Look::Bars, "Messages in hand at a stop", about)
        .wide(12)
        .unit("short")
        .coloured(Fate::VALUES)
        .ask(series(
            "{{fate}}",
            format!("sum by (fate) ({})", metric("longshore_shutdown_messages_total").increase()),
        ))
}

fn by_queue() -> Panel {
    let about = About {
        shows: "The same for the time shown, for each queue: the sum of all shutdown ledgers.",
        good: "nothing aborted, nothing abandoned.",
        otherwise: "raise `shutdown.grace`, and the platform's limit with it: `longshore check` adds up.",
    };
    let columns = vec![
        alerts::queue(),
        Column::value("Value #A", "completed", "none"),
        Column::value("Value #B", "released", "none"),
        Column::value("Value #C", "aborted", "none").bad(Bad::From(0.5)),
        Column::value("Value #D", "abandoned", "none").bad(Bad::From(0.5)),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
    ];
    let order = vec![("aborted", Order::HighestFirst)];
    let table = Panel::new(Look::Table { columns, order }, "Ledger, each queue", about)
        .wide(12)
        .high(8)
        .unit("short")
        .none("no workers");
    Fate::VALUES.iter().fold(table, |table, fate| {
        let messages = metric("longshore_shutdown_messages_total").with("fate", fate);
        table.ask(rows(format!("sum by ({BY_QUEUE}) ({})", messages.increase_in_range())))
    })
}
