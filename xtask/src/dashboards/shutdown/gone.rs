//! Workers that are gone: how they ended, and whether their last values are known.

use crate::dashboards::look::Bad;
use crate::dashboards::panel::{About, Look, Order, Panel};
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
    let last = |metric: &str| {
        format!(
            "max by (cluster, namespace, job, instance) (
  last_over_time({metric}{{@}}[$__range]) unless {metric}{{@}}
)"
        )
    };
    vec![
        Panel::new(Look::Table { columns, order }, "Workers that are gone", about)
            .unit("none")
            .none("Nobody is gone.")
            .ask(rows(&last("longshore_last_scrape_pending")))
            .ask(rows(&last("longshore_draining")))
            .ask(rows(&last("longshore_messages_in_flight").replace("max by", "sum by")))
            .ask(rows(
                "1000 * max by (cluster, namespace, job, instance) (
  last_over_time(process_start_time_seconds{@}[$__range])
  and on (cluster, namespace, job, instance)
  (last_over_time(longshore_draining{@}[$__range]) unless longshore_draining{@})
)",
            )),
    ]
}
