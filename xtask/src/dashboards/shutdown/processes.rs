//! The resources that the workers use.

use std::fmt::Display;

use crate::dashboards::dashboard::{Section, collapsed};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{WORKER_LEGEND, series};

pub(super) fn processes() -> Section {
    collapsed("Processes", vec![memory(), cpu(), open_files()])
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

/// The metric has whole seconds. Over a shorter window, a worker that is idle would jump between no
/// CPU and much.
const CPU_WINDOW: &str = "5m";

fn cpu() -> Panel {
    let description = Description {
        shows: "CPU cores that each worker uses.",
        good: "Low, because most handlers wait for other systems. An idle worker uses nearly no \
            CPU.",
        otherwise: "Near the CPU limit, all messages are slow. Raise the limit or lower \
            `concurrency`.",
    };
    Panel::new(PanelKind::Lines, "CPU", description).unit("none").query(series(
        WORKER_LEGEND,
        workers_only(metric("process_cpu_seconds_total").over("rate", CPU_WINDOW)),
    ))
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
