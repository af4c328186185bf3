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
    section("Workers", vec![versions(), draining(), handler_utilization(), backlog_per_worker()])
}

fn versions() -> Panel {
    let description = Description {
        shows: "Workers that Prometheus scrapes, by version.",
        good: "One version, except during a rollout.",
        otherwise: "If two versions stay for long, the rollout has stopped halfway.",
    };
    Panel::new(PanelKind::StackedAreas, "Workers by version", description)
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
        good: "Short blocks, one for each deploy or scale-in.",
        otherwise: "Long blocks mean that handlers take longer than `shutdown.grace`, or that \
            workers wait for a last scrape that does not happen.",
    };
    Panel::new(PanelKind::StackedAreas, "Draining workers by job", description)
        .width(6)
        .unit("none")
        .query(series(
            "{{job}} {{namespace}} {{cluster}}",
            format!("sum by (cluster, namespace, job) ({})", metric("longshore_draining")),
        ))
}

fn handler_utilization() -> Panel {
    let description = Description {
        shows: "Share of the configured concurrency that handlers use, for each queue. The time of \
            a handler counts when it ends, so a long handler shows as a peak.",
        good: "Below 80 % most of the time.",
        otherwise: "Near 100 % with a backlog: scale out. Near 0 % all day: scale in.",
    };
    Panel::new(PanelKind::Lines, "Handler utilization", description)
        .width(6)
        .unit("percentunit")
        .query(series(
            QUEUE_LEGEND,
            format!(
                "sum by ({BY_QUEUE}) ({})
/
(sum by ({BY_QUEUE}) ({}) > 0)",
                metric("longshore_processing_duration_seconds_sum").rate(),
                metric("longshore_configured_concurrency")
            ),
        ))
}

fn backlog_per_worker() -> Panel {
    let description = Description {
        shows: "Visible messages divided by the number of workers, for each queue. Use this value \
            to scale.",
        good: "Less than one worker processes in the time that messages may wait.",
        otherwise: "Scale out by this value and not by CPU, because most handlers wait for other \
            systems.",
    };
    Panel::new(PanelKind::Lines, "Backlog per worker", description).width(6).unit("short").query(
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
    section("Stopped workers", vec![stopped_worker_table()])
}

fn stopped_worker_table() -> Panel {
    let description = Description {
        shows: "Workers that Prometheus scraped in this time range and that no longer exist: \
            whether Prometheus has their final metrics, whether they drained, and how many \
            messages they had in flight.",
        good: "Prometheus has the final metrics, and no message was in flight.",
        otherwise: "If the final metrics are missing after a drain, `shutdown.last_scrape` is \
            shorter than the scrape interval, and the graphs miss the last seconds. A worker that \
            did not drain was killed.",
    };
    let yes_or_no = |field, title| {
        Column::value(field, title, "none")
            .threshold(Threshold::BadBelow(1.0))
            .map_value(1.0, "yes")
            .map_value(0.0, "no")
    };
    let columns = vec![
        Column::label("instance"),
        yes_or_no("Value #A", "Final metrics scraped"),
        yes_or_no("Value #B", "Drained"),
        Column::value("Value #C", "In flight at last scrape", "none")
            .threshold(Threshold::BadFrom(1.0))
            .map_value(0.0, "none"),
        Column::value("Value #D", "Started", "dateTimeAsIso"),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
    ];
    let sort = vec![("In flight at last scrape", SortOrder::Descending)];
    let last = |aggregation: &str, name: &str| {
        let metric = metric(name);
        let last = metric.last_in_range();
        format!(
            "{aggregation} by (cluster, namespace, job, instance) (\n  {last} unless {metric}\n)"
        )
    };
    Panel::new(PanelKind::Table { columns, sort }, "Final state of stopped workers", description)
        .unit("none")
        .no_value("No stopped workers")
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
        shows: "Resident memory of each worker.",
        good: "Flat, and far below the memory limit of the pod.",
        otherwise: "If memory rises until the worker restarts, it runs out of memory. Check the \
            handlers and their `concurrency`.",
    };
    Panel::new(PanelKind::Lines, "Memory", description)
        .unit("bytes")
        .query(series(WORKER_LEGEND, workers_only(metric("process_resident_memory_bytes"))))
}

fn cpu() -> Panel {
    let description = Description {
        shows: "CPU cores that each worker uses.",
        good: "Low, because most handlers wait for other systems. An idle worker uses nearly no \
            CPU.",
        otherwise: "Near the CPU limit, all messages are slow. Raise the limit or lower \
            `concurrency`.",
    };
    Panel::new(PanelKind::Lines, "CPU", description)
        .unit("none")
        .query(series(WORKER_LEGEND, workers_only(metric("process_cpu_seconds_total").rate())))
}

fn open_files() -> Panel {
    let description = Description {
        shows: "Open files of each worker, as a share of its limit.",
        good: "Far below 100 %.",
        otherwise: "Near 100 %, new connections fail. Raise the limit or find the leak.",
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

/// Keeps only the series of workers, because other programs export the same metrics.
fn workers_only(expr: impl Display) -> String {
    let workers = metric("longshore_build_info");
    format!("{expr}\nand on (cluster, namespace, job, instance) {workers}")
}
