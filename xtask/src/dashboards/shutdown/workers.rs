//! The workers that run, and how busy they are.

use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::{metric, worst_ten};
use crate::dashboards::query::{JOB_LEGEND, QUEUE_LEGEND, series};
use crate::dashboards::style::Threshold;
use crate::rules::BY_QUEUE;

pub(super) fn workers() -> Section {
    section("Workers", vec![versions(), draining(), utilization(), backlog_per_worker()])
}

fn versions() -> Panel {
    let description = Description {
        shows: "Workers that Prometheus scrapes, by version.",
        good: "One version, except during a rollout.",
        otherwise: "If two versions stay for long, the rollout has stopped halfway.",
    };
    Panel::new(PanelKind::StackedAreas, "Workers by version", description)
        .width(12)
        .explains(&["LongshoreWorkersGone"])
        .no_value("none")
        .query(series(
            "{{version}} {{job}} {{cluster}}",
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
    Panel::new(PanelKind::StackedAreas, "Draining workers by job", description).width(12).query(
        series(
            JOB_LEGEND,
            format!(
                "sum by (cluster, namespace, job) (\n  {}\n)",
                metric("longshore_draining").max()
            ),
        ),
    )
}

fn utilization() -> Panel {
    let description = Description {
        shows: "Messages in flight per handler slot, for the ten busiest queues. The slots that an \
            open receive reserves do not count.",
        good: "Below 80 % most of the time.",
        otherwise: "Near 100 % with a backlog: scale out. Near 0 % all day: scale in.",
    };
    let in_flight = metric("longshore_messages_in_flight");
    let concurrency = metric("longshore_configured_concurrency");
    let by_queue = |series: String| format!("sum by ({BY_QUEUE}) (\n  {series}\n)");
    let busy = metric("longshore_processing_duration_seconds_sum").rate_of_range();
    Panel::new(PanelKind::Lines, "Handler slots in use", description)
        .width(12)
        .unit("percentunit")
        .threshold(Threshold::WarnFrom(0.8))
        .query(series(
            QUEUE_LEGEND,
            worst_ten(
                format!(
                    "clamp_max(\n{}\n/\n({} > 0), 1)",
                    by_queue(in_flight.average()),
                    by_queue(concurrency.to_string())
                ),
                by_queue(busy),
            ),
        ))
}

fn backlog_per_worker() -> Panel {
    let description = Description {
        shows: "Visible messages divided by the number of workers, for the ten queues with the \
            highest backlog. Use this value to scale.",
        good: "Less than one worker processes in the time that messages may wait.",
        otherwise: "Scale out by this value and not by CPU, because most handlers wait for other \
            systems.",
    };
    let backlog = metric("longshore_backlog_messages").with("state", "visible");
    Panel::new(PanelKind::Lines, "Backlog per worker", description)
        .width(12)
        .unit("short")
        .axis_to(10.0)
        .no_value("no queue has a backlog")
        .query(series(
            QUEUE_LEGEND,
            worst_ten(
                format!(
                    "max by ({BY_QUEUE}) ({backlog})
/
count by ({BY_QUEUE}) ({})",
                    metric("longshore_pollers")
                ),
                format!("max by ({BY_QUEUE}) (\n  {}\n) > 0", backlog.max_of_range()),
            ),
        ))
}
