//! The workers that run, the workers that stopped, and the resources that they use.

use std::fmt::Display;

use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Description, Panel, PanelKind, SortOrder};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{QUEUE_LEGEND, WORKER_LEGEND, rows, series};
use crate::dashboards::style::Threshold;
use crate::dashboards::table::Column;
use crate::rules::BY_QUEUE;

pub(super) fn workers() -> Section {
    section("Pods", vec![versions(), draining(), handler_utilization(), backlog_per_worker()])
}

fn versions() -> Panel {
    let description = Description {
        shows: "Workers that are scraped, by version.",
        good: "one version, but for the minutes of a roll-out.",
        otherwise: "two for long: the roll-out hangs.",
    };
    Panel::new(PanelKind::StackedAreas, "Workers, by version", description)
        .width(6)
        .unit("none")
        .no_value("none")
        .query(series(
            "{{version}} {{job}} {{namespace}} {{cluster}}",
            format!(
                "count by (cluster, namespace, job, version) ({})",
                metric("longshore_build_info")
            ),
        ))
}

fn draining() -> Panel {
    let description = Description {
        shows: "Workers that drain, for each job.",
        good: "short blocks, one for each deploy or scaling in.",
        otherwise: "long ones: handlers outlast the grace, or the last scrape is waited for in vain.",
    };
    Panel::new(PanelKind::StackedAreas, "Draining", description).width(6).unit("none").query(
        series(
            "{{job}} {{namespace}} {{cluster}}",
            format!("sum by (cluster, namespace, job) ({})", metric("longshore_draining")),
        ),
    )
}

fn handler_utilization() -> Panel {
    let description = Description {
        shows: "Share of the time that could be spent in handlers, concurrency times seconds, that was, for each queue. \
                It is counted when a handler ends, so long ones come as peaks.",
        good: "below 80 % most of the time.",
        otherwise: "near 100 % with a backlog: scale out. Near 0 % all day: scale in.",
    };
    Panel::new(PanelKind::Lines, "Handlers busy", description).width(6).unit("percentunit").query(
        series(
            QUEUE_LEGEND,
            format!(
                "sum by ({BY_QUEUE}) ({})
/
(sum by ({BY_QUEUE}) ({}) > 0)",
                metric("longshore_processing_duration_seconds_sum").rate(),
                metric("longshore_configured_concurrency")
            ),
        ),
    )
}

fn backlog_per_worker() -> Panel {
    let description = Description {
        shows: "Messages that wait, for each worker of the queue: what to scale by.",
        good: "less than a worker handles in the time that messages may wait.",
        otherwise: "scale out by this, not by CPU: handlers mostly wait.",
    };
    Panel::new(PanelKind::Lines, "Backlog a worker", description).width(6).unit("short").query(
        series(
            QUEUE_LEGEND,
            format!(
                "max by ({BY_QUEUE}) ({})
/
count by ({BY_QUEUE}) ({})",
                metric("longshore_backlog_messages").with("state", "visible"),
                metric("longshore_pollers")
            ),
        ),
    )
}

pub(super) fn stopped() -> Section {
    section("Workers that are gone", vec![stopped_worker_table()])
}

fn stopped_worker_table() -> Panel {
    let description = Description {
        shows: "Workers that were scraped in the time shown and are gone: whether the last values that are known of \
                them are their final ones, whether they drained, and what they had in flight.",
        good: "final values are known, and nothing was in flight.",
        otherwise: "\"no\" after a drain: `shutdown.last_scrape` is shorter than the scrape interval, and what \
                    happened in the last seconds is missing from all graphs. No drain: it was killed.",
    };
    let yes_or_no = |field, title| {
        Column::value(field, title, "none")
            .threshold(Threshold::BadBelow(1.0))
            .map_value(1.0, "yes")
            .map_value(0.0, "no")
    };
    let columns = vec![
        Column::label("instance"),
        yes_or_no("Value #A", "Final values known"),
        yes_or_no("Value #B", "Drained"),
        Column::value("Value #C", "In flight at the end", "none")
            .threshold(Threshold::BadFrom(1.0))
            .map_value(0.0, "none"),
        Column::value("Value #D", "Started", "dateTimeAsIso"),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
    ];
    let sort = vec![("In flight at the end", SortOrder::Descending)];
    let last = |aggregation: &str, name: &str| {
        let metric = metric(name);
        let last = metric.last_in_range();
        format!(
            "{aggregation} by (cluster, namespace, job, instance) (\n  {last} unless {metric}\n)"
        )
    };
    Panel::new(PanelKind::Table { columns, sort }, "Workers that are gone", description)
        .unit("none")
        .no_value("Nobody is gone.")
        .query(rows(last("max", "longshore_last_scrape_pending")))
        .query(rows(last("max", "longshore_draining")))
        .query(rows(last("sum", "longshore_messages_in_flight")))
        .query(rows(format!(
            "1000 * max by (cluster, namespace, job, instance) (
  {}
  and on (cluster, namespace, job, instance)
  ({} unless {})
)",
            metric("process_start_time_seconds").last_in_range(),
            metric("longshore_draining").last_in_range(),
            metric("longshore_draining")
        )))
}

pub(super) fn processes() -> Section {
    section("Processes", vec![memory(), cpu(), open_files()])
}

fn memory() -> Panel {
    let description = Description {
        shows: "Memory of each worker.",
        good: "flat, far below the limit of its pod.",
        otherwise: "a climb that ends in a restart is out of memory: the handlers, or their concurrency.",
    };
    Panel::new(PanelKind::Lines, "Memory", description)
        .unit("bytes")
        .query(series(WORKER_LEGEND, workers_only(metric("process_resident_memory_bytes"))))
}

fn cpu() -> Panel {
    let description = Description {
        shows: "Cores that each worker uses.",
        good: "little: handlers mostly wait, and an idle worker uses nearly none.",
        otherwise: "near its limit, everything gets late: give it more, or lower the concurrency.",
    };
    Panel::new(PanelKind::Lines, "CPU", description)
        .unit("none")
        .query(series(WORKER_LEGEND, workers_only(metric("process_cpu_seconds_total").rate())))
}

fn open_files() -> Panel {
    let description = Description {
        shows: "Open files of each worker, of as many as it may have.",
        good: "far below 100 %.",
        otherwise: "near 100 % connections fail: raise the limit, or find what leaks.",
    };
    Panel::new(PanelKind::Lines, "Open files", description).unit("percentunit").query(series(
        WORKER_LEGEND,
        workers_only(format!(
            "({} / ({} > 0))",
            metric("process_open_fds"),
            metric("process_max_fds")
        )),
    ))
}

/// Other programs export these too.
fn workers_only(expr: impl Display) -> String {
    let workers = metric("longshore_build_info");
    format!("{expr}\nand on (cluster, namespace, job, instance) {workers}")
}
