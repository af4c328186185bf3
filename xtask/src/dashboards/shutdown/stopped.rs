//! The workers that stopped or started again in the time range, and how they ended.

use crate::dashboards::alerts::site_column;
use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Description, Panel, PanelKind, SortOrder};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{instant, rows};
use crate::dashboards::style::Threshold;
use crate::dashboards::table::Column;
use crate::rules::BY_PROCESS;

pub(super) fn stopped() -> Section {
    section("Stopped and restarted workers", vec![stopped_workers(), restarted_workers()])
}

/// The starts of each process after its first one in the time range.
fn starts() -> String {
    format!(
        "({}\nand on ({BY_PROCESS}) {})",
        metric("process_start_time_seconds").over_range("changes"),
        metric("longshore_build_info").last_in_range()
    )
}

/// Those of them before which the last scrape showed that the worker drained or ended by itself.
/// Both counts change between the same two scrapes.
fn drained() -> String {
    let (draining, waiting) =
        (metric("longshore_draining"), metric("longshore_last_scrape_pending"));
    let (draining, waiting) = (draining.over_range("resets"), waiting.over_range("resets"));
    format!("(\n  {draining} > {waiting}\n  or\n  {waiting}\n)")
}

pub(super) fn restarts() -> Panel {
    let description = Description {
        shows: "Workers that started again at the same address without a drain before, in this \
            time range.",
        good: "None.",
        otherwise: "Follow the runbook LongshoreRestartedWithMessages. The workers were killed, ran \
            out of memory or crashed.",
    };
    Panel::new(PanelKind::Stat, "Restarts without drain", description)
        .whole()
        .threshold(Threshold::From(1.0, 3.0))
        .map_value(0.0, "none")
        .no_value("no workers")
        .query(instant(
            "restarts",
            format!("sum(\n  {}\n  - on ({BY_PROCESS}) {}\n)", starts(), drained()),
        ))
}

fn stopped_workers() -> Panel {
    let description = Description {
        shows: "Workers that Prometheus scraped in this time range and that no longer exist: \
            whether Prometheus has their final metrics, whether they drained, and how many \
            messages and poll loops they had at their last scrape.",
        good: "Prometheus has the final metrics, no message was in flight, and no poll loop ran.",
        otherwise: "If the final metrics are missing after a drain, `shutdown.last_scrape` is \
            shorter than the scrape interval, and the graphs miss the last seconds. A worker that \
            did not drain was killed.",
    };
    let yes_or_no = |field, title| {
        Column::value(field, title, "none")
            .threshold(Threshold::WarnBelow(1.0))
            .map_value(1.0, "yes")
            .map_value(0.0, "no")
    };
    let columns = vec![
        Column::label("instance", "Instance").width(190),
        Column::value("Value #C", "In flight", "none")
            .width(90)
            .threshold(Threshold::WarnFrom(1.0))
            .map_value(0.0, "none"),
        Column::value("Value #E", "Poll loops", "none")
            .width(95)
            .threshold(Threshold::WarnFrom(1.0))
            .map_value(0.0, "none"),
        yes_or_no("Value #B", "Drained").width(90),
        yes_or_no("Value #A", "Final metrics").width(115),
        Column::value("Value #D", "Started", "dateTimeAsIso").width(170),
        site_column("job"),
        site_column("namespace"),
        site_column("cluster"),
    ];
    let sort = vec![("In flight", SortOrder::Descending)];
    let last = |aggregation: &str, name: &str| {
        let metric = metric(name);
        let last = metric.last_in_range();
        format!("{aggregation} by ({BY_PROCESS}) (\n  {last} unless {metric}\n)")
    };
    let kind = PanelKind::Table { columns, sort };
    Panel::new(kind, "Workers that are gone", description)
        .width(14)
        .height(6)
        .explains(&["LongshoreVanishedWithMessages", "LongshoreWorkersGone"])
        .no_value("No stopped workers")
        .query(rows(last("max", "longshore_last_scrape_pending")))
        .query(rows(last("max", "longshore_draining")))
        .query(rows(last("sum", "longshore_messages_in_flight")))
        .query(rows(format!(
            "1000 * max by ({BY_PROCESS}) (
  {}
  and on ({BY_PROCESS})
  ({} unless {})
)",
            metric("process_start_time_seconds").last_in_range(),
            metric("longshore_draining").last_in_range(),
            metric("longshore_draining")
        )))
        .query(rows(last("sum", "longshore_pollers")))
}

fn restarted_workers() -> Panel {
    let description = Description {
        shows: "Workers that started again at the same address in this time range, and how many of \
            the starts followed a drain.",
        good: "The table is empty, or a deploy restarted each worker once after a drain.",
        otherwise: "Each start without a drain follows a kill, a crash or a lack of memory. SQS \
            redelivers the messages that were in flight only after their visibility timeout.",
    };
    let columns = vec![
        Column::label("instance", "Instance").width(190),
        Column::value("Value #A", "Without drain", "none")
            .width(130)
            .threshold(Threshold::WarnFrom(1.0))
            .map_value(0.0, "none"),
        Column::value("Value #B", "Restarts", "none").width(90),
        site_column("job"),
        site_column("namespace"),
        site_column("cluster"),
    ];
    let sort = vec![("Without drain", SortOrder::Descending)];
    let kind = PanelKind::Table { columns, sort };
    let restarted = format!("{} > 0", starts());
    Panel::new(kind, "Workers that restarted", description)
        .width(10)
        .height(6)
        .explains(&["LongshoreRestartedWithMessages"])
        .no_value("No restarted workers")
        .query(rows(format!(
            "max by ({BY_PROCESS}) (\n  ({restarted})\n  - on ({BY_PROCESS}) {}\n)",
            drained()
        )))
        .query(rows(format!("max by ({BY_PROCESS}) ({restarted})")))
}
