//! Pods that come and go, and what becomes of their messages.

use super::alerts;
use super::dashboard::{Dashboard, Section, section};
use super::look::Bad;
use super::panel::{About, Look, Order, Panel};
use super::query::{EACH_QUEUE, EACH_WORKER, now, quantile, rows, series};
use super::table::Column;
use crate::slo::rules::Dashboard as Which;
use crate::telemetry::{Fate, LabelSet};

pub(super) fn dashboard() -> Dashboard {
    Dashboard {
        which: Which::Shutdown,
        title: "Longshore / Shutdown and scaling",
        about: "Workers that start, drain and vanish, and what became of the messages in their hands.",
        is_of_one_queue: false,
        lead: "**Healthy:** nothing was cut off, abandoned, or vanished with messages in hand. **Otherwise** give \
               handlers more time (`shutdown.grace` and the platform's limit), or find out what kills the workers.",
        sections: vec![
            Section { title: None, panels: at_a_glance() },
            section("Pods", pods()),
            section("What stops did to messages", ledger()),
            section("Cut off, and come again", again()),
            section("Workers that are gone", gone()),
            section("Processes", processes()),
        ],
    }
}

fn at_a_glance() -> Vec<Panel> {
    vec![
        alerts::count(),
        workers(),
        draining(),
        stopped(),
        aborted(),
        abandoned(),
        vanished(),
        redelivered(),
        alerts::firing(),
    ]
}

fn workers() -> Panel {
    let about = About {
        shows: "Worker processes that Prometheus scrapes.",
        good: "as many as you run.",
        otherwise: "the row Pods shows who came and went, the table of workers that are gone how they ended.",
    };
    Panel::new(Look::Trend, "Workers", about)
        .none("none")
        .ask(series("workers", "count(longshore_build_info{@})"))
}

fn draining() -> Panel {
    let about = About {
        shows: "Workers that were told to stop and finish what they have.",
        good: "none, or those of a deploy, for no longer than the grace.",
        otherwise: "one that drains for long has a handler that does not end.",
    };
    Panel::new(Look::Number, "Draining now", about)
        .say(0.0, "none")
        .none("no workers")
        .ask(now("draining", "sum(longshore_draining{@})"))
}

fn stopped() -> Panel {
    let about = About {
        shows: "Workers that were scraped in the time shown and are gone.",
        good: "those of deploys and of scaling in.",
        otherwise: "more than that: something restarts them. The table of workers that are gone says how they ended.",
    };
    Panel::new(Look::Number, "Workers gone", about).none("none").ask(now(
        "gone",
        "count(last_over_time(longshore_draining{@}[$__range]) unless longshore_draining{@})",
    ))
}

fn aborted() -> Panel {
    let about = About {
        shows: "Messages whose handler a stop cut off, in the time shown. They are handled again from the start.",
        good: "none.",
        otherwise: "runbook LongshoreMessagesAborted: a longer grace, or shorter handlers.",
    };
    Panel::new(Look::Number, "Messages cut off", about)
        .bad(Bad::From(0.5))
        .say(0.0, "none")
        .none("no workers")
        .ask(now("aborted", "sum(increase(longshore_messages_aborted_total{@}[$__range]))"))
}

fn abandoned() -> Panel {
    let about = About {
        shows: "Messages that a stop neither settled nor gave back, in the time shown: hidden until their visibility \
                timeout.",
        good: "none.",
        otherwise: "SQS could not be reached at the end: give `shutdown.settle` more time.",
    };
    Panel::new(Look::Number, "Messages abandoned", about)
        .bad(Bad::From(0.5))
        .say(0.0, "none")
        .none("no workers")
        .ask(now(
            "abandoned",
            r#"sum(increase(longshore_shutdown_messages_total{@, fate="abandoned"}[$__range]))"#,
        ))
}

fn vanished() -> Panel {
    let about = About {
        shows: "Messages that workers had in flight when last scraped, and which are gone without a drain.",
        good: "none.",
        otherwise: "runbook LongshoreVanishedWithMessages: killed, out of memory, or out of reach.",
    };
    Panel::new(Look::Number, "Messages vanished", about)
        .bad(Bad::From(1.0))
        .say(0.0, "none")
        .none("nobody gone")
        .ask(now(
            "vanished",
            "sum(last_over_time(longshore_messages_in_flight{@}[$__range]) unless longshore_messages_in_flight{@})",
        ))
}

fn redelivered() -> Panel {
    let about = About {
        shows: "Share of the messages received in the time shown that had been delivered before.",
        good: "near 0 %.",
        otherwise: "handlers fail, or workers are killed: a redelivery without a failure is what a killed worker \
                    leaves behind, seen by one that lives.",
    };
    Panel::new(Look::Number, "Messages redelivered", about)
        .unit("percentunit")
        .none("no messages")
        .ask(now(
            "redelivered",
            r#"sum(increase(longshore_messages_received_total{@, delivery="redelivery"}[$__range]))
/
(sum(increase(longshore_messages_received_total{@}[$__range])) > 0)"#,
        ))
}

fn pods() -> Vec<Panel> {
    let versions = About {
        shows: "Workers that are scraped, by version.",
        good: "one version, but for the minutes of a roll-out.",
        otherwise: "two for long: the roll-out hangs.",
    };
    let drains = About {
        shows: "Workers that drain, for each job.",
        good: "short blocks, one for each deploy or scaling in.",
        otherwise: "long ones: handlers outlast the grace, or the last scrape is waited for in vain.",
    };
    let full = About {
        shows: "Share of the time that could be spent in handlers, concurrency times seconds, that was, for each queue. \
                It is counted when a handler ends, so long ones come as peaks.",
        good: "below 80 % most of the time.",
        otherwise: "near 100 % with a backlog: scale out. Near 0 % all day: scale in.",
    };
    let waiting = About {
        shows: "Messages that wait, for each worker of the queue: what to scale by.",
        good: "less than a worker handles in the time that messages may wait.",
        otherwise: "scale out by this, not by CPU: handlers mostly wait.",
    };
    vec![
        Panel::new(Look::Stack, "Workers, by version", versions)
            .wide(6)
            .unit("none")
            .none("none")
            .ask(series(
                "{{version}} {{job}} {{namespace}} {{cluster}}",
                "count by (cluster, namespace, job, version) (longshore_build_info{@})",
            )),
        Panel::new(Look::Stack, "Draining", drains).wide(6).unit("none").ask(series(
            "{{job}} {{namespace}} {{cluster}}",
            "sum by (cluster, namespace, job) (longshore_draining{@})",
        )),
        Panel::new(Look::Lines, "Handlers busy", full).wide(6).unit("percentunit").ask(series(
            EACH_QUEUE,
            "sum by (@) (rate(longshore_processing_duration_seconds_sum{@}[$__rate_interval]))
/
(sum by (@) (longshore_configured_concurrency{@}) > 0)",
        )),
        Panel::new(Look::Lines, "Backlog a worker", waiting).wide(6).unit("short").ask(series(
            EACH_QUEUE,
            r#"max by (@) (longshore_backlog_messages{@, state="visible"})
/
count by (@) (longshore_pollers{@})"#,
        )),
    ]
}

fn ledger() -> Vec<Panel> {
    let over_time = About {
        shows: "Messages that were in hand when a worker was told to stop, by what became of them.",
        good: "completed, and released: given back before a handler had them.",
        otherwise: "aborted: the grace was over. abandoned: SQS could not be told.",
    };
    let by_queue = About {
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
    let table = Panel::new(Look::Table { columns, order }, "Ledger, each queue", by_queue)
        .wide(12)
        .high(8)
        .unit("short")
        .none("no workers");
    vec![
        Panel::new(Look::Bars, "Messages in hand at a stop", over_time)
            .wide(12)
            .unit("short")
            .coloured(Fate::VALUES)
            .ask(series(
                "{{fate}}",
                "sum by (fate) (increase(longshore_shutdown_messages_total{@}[$__rate_interval]))",
            )),
        Fate::VALUES.iter().fold(table, |table, fate| {
            let expr = format!(
                "sum by (@) (increase(longshore_shutdown_messages_total{{@, fate=\"{fate}\"}}[$__range]))"
            );
            table.ask(rows(&expr))
        }),
    ]
}

fn again() -> Vec<Panel> {
    let aborted = About {
        shows: "Messages whose handler a stop cut off, for each queue.",
        good: "none.",
        otherwise: "runbook LongshoreMessagesAborted. If it coincides with deploys, the grace is too short.",
    };
    let redelivered = About {
        shows: "Share of the messages received that had been delivered before, for each queue.",
        good: "near 0 %.",
        otherwise: "a rise after stops are messages that were cut off; a steady share are handlers that fail.",
    };
    let delay = About {
        shows: "How long after its first receive a message's handler starts once more, half and 99 of 100.",
        good: "seconds after a stop in order; back-offs otherwise.",
        otherwise: "near the visibility timeout: messages come back only because their time ran out. A worker was \
                    killed.",
    };
    let histogram = "longshore_redelivery_delay_seconds";
    vec![
        Panel::new(Look::Bars, "Cut off, each queue", aborted).unit("short").ask(series(
            EACH_QUEUE,
            "sum by (@) (increase(longshore_messages_aborted_total{@}[$__rate_interval]))",
        )),
        Panel::new(Look::Lines, "Redelivered, each queue", redelivered)
            .unit("percentunit")
            .none("no messages")
            .ask(series(
                EACH_QUEUE,
                r#"sum by (@) (rate(longshore_messages_received_total{@, delivery="redelivery"}[$__rate_interval]))
/
(sum by (@) (rate(longshore_messages_received_total{@}[$__rate_interval])) > 0)"#,
            )),
        Panel::new(Look::Lines, "Delay of redeliveries", delay)
            .unit("s")
            .none("no redeliveries")
            .ask(quantile("0.5", "half", histogram, ""))
            .ask(quantile("0.99", "99 %", histogram, "")),
    ]
}

fn gone() -> Vec<Panel> {
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

fn processes() -> Vec<Panel> {
    let memory = About {
        shows: "Memory of each worker.",
        good: "flat, far below the limit of its pod.",
        otherwise: "a climb that ends in a restart is out of memory: the handlers, or their concurrency.",
    };
    let cpu = About {
        shows: "Cores that each worker uses.",
        good: "little: handlers mostly wait, and an idle worker uses nearly none.",
        otherwise: "near its limit, everything gets late: give it more, or lower the concurrency.",
    };
    let files = About {
        shows: "Open files of each worker, of as many as it may have.",
        good: "far below 100 %.",
        otherwise: "near 100 % connections fail: raise the limit, or find what leaks.",
    };
    // Other programs export these too.
    let of_longshore = |expr: &str| {
        format!("{expr}\nand on (cluster, namespace, job, instance) longshore_build_info{{@}}")
    };
    vec![
        Panel::new(Look::Lines, "Memory", memory)
            .unit("bytes")
            .ask(series(EACH_WORKER, &of_longshore("process_resident_memory_bytes{@}"))),
        Panel::new(Look::Lines, "CPU", cpu).unit("none").ask(series(
            EACH_WORKER,
            &of_longshore("rate(process_cpu_seconds_total{@}[$__rate_interval])"),
        )),
        Panel::new(Look::Lines, "Open files", files).unit("percentunit").ask(series(
            EACH_WORKER,
            &of_longshore("(process_open_fds{@} / (process_max_fds{@} > 0))"),
        )),
    ]
}
