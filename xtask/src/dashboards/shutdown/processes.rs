//! What the workers take of their machines.

use std::fmt::Display;

use crate::dashboards::panel::{About, Look, Panel};
use crate::dashboards::promql::metric;
use crate::dashboards::query::{EACH_WORKER, series};

pub(super) fn panels() -> Vec<Panel> {
    vec![memory(), cpu(), files()]
}

fn memory() -> Panel {
    let about = About {
        shows: "Memory of each worker.",
        good: "flat, far below the limit of its pod.",
        otherwise: "a climb that ends in a restart is out of memory: the handlers, or their concurrency.",
    };
    Panel::new(Look::Lines, "Memory", about)
        .unit("bytes")
        .ask(series(EACH_WORKER, of_longshore(metric("process_resident_memory_bytes"))))
}

fn cpu() -> Panel {
    let about = About {
        shows: "Cores that each worker uses.",
        good: "little: handlers mostly wait, and an idle worker uses nearly none.",
        otherwise: "near its limit, everything gets late: give it more, or lower the concurrency.",
    };
    Panel::new(Look::Lines, "CPU", about)
        .unit("none")
        .ask(series(EACH_WORKER, of_longshore(metric("process_cpu_seconds_total").rate())))
}

fn files() -> Panel {
    let about = About {
        shows: "Open files of each worker, of as many as it may have.",
        good: "far below 100 %.",
        otherwise: "near 100 % connections fail: raise the limit, or find what leaks.",
    };
    Panel::new(Look::Lines, "Open files", about).unit("percentunit").ask(series(
        EACH_WORKER,
        of_longshore(format!(
            "({} / ({} > 0))",
            metric("process_open_fds"),
            metric("process_max_fds")
        )),
    ))
}

/// Other programs export these too.
fn of_longshore(expr: impl Display) -> String {
    let workers = metric("longshore_build_info");
    format!("{expr}\nand on (cluster, namespace, job, instance) {workers}")
}
