//! Panels and columns that more than one dashboard shows.

use super::panel::{Axis, Description, Panel, PanelKind};
use super::promql::metric;
use super::query::{instant, quantile, series};
use super::style::{Color, Threshold};
use super::table::Column;
use crate::rules::{BY_QUEUE, DashboardId};

/// The share of failed handler calls of each queue. With fewer calls it says nothing. It does not
/// need the rules, because it is most important when no alert can fire.
pub(super) fn failure_ratio() -> String {
    let recent = |counter: &str| {
        format!("sum by ({BY_QUEUE}) (\n  {}\n)", metric(counter).over("increase", "5m"))
    };
    format!(
        "{}\n/\n({} >= 10)",
        recent("longshore_handler_errors_total"),
        recent("longshore_processing_duration_seconds_count"),
    )
}

/// The messages of each queue that wait, as last reported by SQS to any worker.
pub(super) fn waiting() -> String {
    format!(
        "max by ({BY_QUEUE}) (\n  {}\n)",
        metric("longshore_backlog_messages").with("state", "visible")
    )
}

/// The highest age of a message that waited in the last 5 minutes, of each queue: the last receive
/// alone can have brought a new message.
pub(super) fn oldest_waiting() -> String {
    let age = metric("longshore_oldest_received_message_seconds").over("max_over_time", "5m");
    format!("max by ({BY_QUEUE}) (\n  {age}\n)")
}

/// From these shares of failed calls on, LongshoreHandlersFailing fires.
pub(super) const FAILING: Threshold = Threshold::From(0.1, 0.8);

/// The share of failed handler calls of the worst queue.
pub(super) fn highest_failure_ratio(kind: PanelKind, title: &'static str) -> Panel {
    let description = Description {
        shows: "Share of the handler calls of the last 5 minutes that failed, for the queue where \
            it is highest. Queues with fewer than 10 calls are left out.",
        good: "Below 10 %, where a warning starts. From 80 % on, the alert is critical.",
        otherwise: "The graph Handler failures by kind of the queue shows what fails. The log line \
            \"message not processed\" has the reason.",
    };
    Panel::new(kind, title, description)
        .unit("percentunit")
        .whole()
        .threshold(FAILING)
        .map_value(0.0, "none")
        .no_value("few calls")
        .worst(failure_ratio())
}

/// The dead letters of each queue. Each worker reports the same number.
pub(super) fn dead_letters_of_queues() -> String {
    format!("max by ({BY_QUEUE}) ({})", metric("longshore_dead_letter_messages"))
}

pub(super) fn dead_letters() -> Panel {
    let description = Description {
        shows: "Messages in the dead-letter queues, as last reported by SQS.",
        good: "None.",
        otherwise: "Follow the runbook LongshoreDeadLetters. SQS deletes the messages at the end \
            of their retention.",
    };
    Panel::new(PanelKind::Stat, "Dead letters", description)
        .whole()
        .threshold(Threshold::WarnFrom(1.0))
        .map_value(0.0, "none")
        .no_value("no DLQ known")
        .query(instant("dead letters", format!("sum({})", dead_letters_of_queues())))
}

/// The age of the oldest message that waits, of the queue where it is highest.
pub(super) fn oldest_message(kind: PanelKind, title: &'static str) -> Panel {
    let description = Description {
        shows: "Highest age of a message that a receive returned in the last 5 minutes, for the \
            queue where it is highest: the time since it was sent.",
        good: "Below 10 minutes, where LongshoreBacklogGrowing begins to watch, unless senders send \
            in batches.",
        otherwise: "Messages arrive faster than the workers process them. Add workers or raise \
            `concurrency`.",
    };
    Panel::new(kind, title, description)
        .unit("s")
        .threshold(Threshold::WarnFrom(600.0))
        .map_value(0.0, "none")
        .map_range(0.0, 1.0, "< 1 s")
        .no_value("unknown")
        .worst(oldest_waiting())
}

impl Panel {
    /// The highest value of all queues, with the name of its queue if the panel has room for it.
    fn worst(self, expr: String) -> Self {
        let query = match self.kind {
            PanelKind::NamedStat => {
                // If all values are zero, none of the queues is the worst.
                let none = format!(
                    "label_replace(0 * max({expr}), \"queue\", \"all queues\", \"\", \"\")"
                );
                instant("{{queue}}", format!("topk(1, {expr} > 0)\nor on ()\n{none}"))
            }
            _ => instant("highest", format!("max({expr})")),
        };
        self.query(query)
    }
}

/// A column of queues. Each name links to the dashboard of the queue.
pub(super) fn queue_column(width: u16) -> Column {
    let url = format!(
        "{}?var-queue=${{__data.fields.queue}}&var-job=${{__data.fields.job}}&${{datasource:queryparam}}\
         &${{cluster:queryparam}}&${{namespace:queryparam}}&${{__url_time_range}}",
        DashboardId::Queue.path()
    );
    Column::label("queue", "Queue").width(width).link("Open the queue", url)
}

/// A multiple of a budget.
pub(super) const TIMES: &str = "suffix:×";

/// Waste as a multiple of the waste budget of each queue.
pub(super) fn waste_to_budget() -> String {
    format!(
        "{}
/ ({} > 0)",
        metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m"),
        metric("job_queue:longshore_waste_budget:usd_per_30d")
    )
}

/// The highest waste of a queue as a multiple of its budget.
pub(super) fn highest_waste(kind: PanelKind, title: &'static str) -> Panel {
    let description = Description {
        shows: "Dollars for avoidable empty receives as a multiple of the waste budget, for the \
            queue where it is highest.",
        good: "Well below 1×.",
        otherwise: "If it stays above 1×, LongshorePollingWaste fires. Set `wait` to 20 s.",
    };
    Panel::new(kind, title, description)
        .unit(TIMES)
        .threshold(Threshold::WarnFrom(1.0))
        .map_value(0.0, "none")
        .no_value("no rules")
        .worst(waste_to_budget())
}

pub(super) fn waste_per_month() -> Panel {
    let description = Description {
        shows: "Dollars in 30 days for avoidable empty receives: those that returned before a full \
            long poll was over. The value uses the rate of the last 30 minutes.",
        good: "Near $0, even if the queues are idle.",
        otherwise: "The row Cost shows when the waste started. Follow the runbook \
            LongshorePollingWaste.",
    };
    Panel::new(PanelKind::Stat, "Waste, 30 d", description)
        .width(4)
        .unit("currencyUSD")
        .no_value("no rules")
        .query(instant(
            "waste",
            format!("sum({})", metric("job_queue:longshore_wasted_spend:usd_per_30d_rate30m")),
        ))
}

pub(super) fn worker_count() -> Panel {
    let description = Description {
        shows: "Worker processes that Prometheus scrapes.",
        good: "The number is equal to the number of workers that you run.",
        otherwise: "The dashboard Shutdown and scaling shows which workers started and stopped.",
    };
    Panel::new(PanelKind::Stat, "Workers", description)
        .width(4)
        .whole()
        .no_value("none")
        .query(instant("workers", format!("count({})", metric("longshore_build_info"))))
}

/// Dollars of all selected queues, at the rate of the last 30 minutes.
pub(super) fn spend_and_waste(title: &'static str, description: Description) -> Panel {
    let dollars = |what: &str| {
        format!("sum({})", metric(format!("job_queue:longshore_{what}:usd_per_30d_rate30m")))
    };
    Panel::new(PanelKind::Lines, title, description)
        .unit("currencyUSD")
        .axis_to(10.0)
        .no_value("no rules")
        .query(series("spend", dollars("spend")).color(Color::Blue))
        .query(series("waste", dollars("wasted_spend")).color(Color::Orange))
}

/// The rate of empty receives, and the rate that the same time needs if each receive waits for the
/// longest time that SQS supports.
pub(super) fn empty_receives(title: &'static str, description: Description) -> Panel {
    let actual = series(
        "actual",
        format!(
            "sum(
  {}
)",
            metric("longshore_receive_duration_seconds_count").with("outcome", "empty").rate()
        ),
    );
    let minimum = series(
        "minimum",
        format!(
            "sum(
  sum by ({BY_QUEUE}) ({})
  / {}
)",
            metric("longshore_receive_duration_seconds_sum").with("outcome", "empty").rate(),
            metric("job_queue:longshore_long_poll_reference:seconds")
        ),
    );
    Panel::new(PanelKind::Lines, title, description)
        .unit("reqps")
        .query(actual.color(Color::Orange))
        .query(minimum.dashed())
}

/// The time from the first receive of a message to the start of its handler, for redeliveries.
pub(super) fn redelivery_delay(description: Description) -> Panel {
    let delay = metric("longshore_redelivery_delay_seconds");
    Panel::new(PanelKind::Lines, "Redelivery delay", description)
        .unit("s")
        .axis(Axis::Logarithmic)
        .no_value("no redeliveries")
        .query(quantile("0.5", "p50", &delay).color(Color::Sky))
        .query(quantile("0.99", "p99", &delay).color(Color::Blue))
}
