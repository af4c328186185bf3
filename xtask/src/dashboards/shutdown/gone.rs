//! Workers that are gone: how they ended, and whether their last values are known.

use crate::dashboards::look::Bad;
use crate::dashboards::panel::{About, Look, Order, Panel};
use crate::dashboards::promql::metric;
use crate::dashboards::query::rows;
use crate::dashboards::table::Column;

pub(super) fn panels() -> Vec<Panel> {
    let about = About {
        shows: "Workers that were scraped in the time shown and are gone: whether the last values that are known of \
                them are their final ones, whether they drained, and what they had in flight.",
        good: "final values are known, and nothing was in flight.",
        otherwise: "\"no\" after a drain: `shutdown.last_scrape` is shorter than the scrape interval, and what \
                    happened in the last seconds is missing from all graphs. No drain: it was killed.",
    };
    let yes_or_no = |field, title| {
        Column::value(field, title, "none").bad(Bad::Below(1.0)).say(1.0, "yes").say(0.0, "no")
    };
    let columns = vec![
        Column::label("instance"),
        yes_or_no("Value #A", "Final values known"),
        yes_or_no("Value #B", "Drained"),
        Column::value("Value #C", "In flight at the end", "none")
            .bad(Bad::From(1.0))
            .say(0.0, "none"),
        Column::value("Value #D", "Started", "dateTimeAsIso"),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
    ];
    let order = vec![("In flight at the end", Order::HighestFirst)];
    let last = |aggregation: &str, name: &str| {
        let metric = metric(name);
        let last = metric.last_in_range();
        format!(
            "{aggregation} by (cluster, namespace, job, instance) (\n  {last} unless {metric}\n)"
        )
    };
    vec![
        Panel::new(Look::Table { columns, order }, "Workers that are gone", about)
            .unit("none")
            .none("Nobody is gone.")
            .ask(rows(last("max", "longshore_last_scrape_pending")))
            .ask(rows(last("max", "longshore_draining")))
            .ask(rows(last("sum", "longshore_messages_in_flight")))
            .ask(rows(format!(
                "1000 * max by (cluster, namespace, job, instance) (
  {}
  and on (cluster, namespace, job, instance)
  ({} unless {})
)",
                metric("process_start_time_seconds").last_in_range(),
                metric("longshore_draining").last_in_range(),
                metric("longshore_draining")
            ))),
    ]
}
