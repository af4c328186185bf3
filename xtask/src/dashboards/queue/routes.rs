//! The routes of a queue that has several handlers.

use crate::dashboards::dashboard::{Section, collapsed};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::metric;
use crate::dashboards::query::series;

/// What the panels show for a queue with one handler.
const NO_ROUTES: &str = "no calls, or a queue without routes";

pub(super) fn routes() -> Section {
    collapsed("Routes of a queue with several handlers", vec![calls(), failures(), duration()])
}

fn calls() -> Panel {
    let description = Description {
        shows: "Handler calls per second of each route. `default` is the route of the messages that \
            no other route takes.",
        good: "Each route has the share of the messages that you expect.",
        otherwise: "A route without calls: compare its condition with the messages that the senders \
            send. Many calls of `default`: the senders use a type that no route has.",
    };
    let calls = metric("longshore_processing_duration_seconds_count").without("route", "");
    Panel::new(PanelKind::StackedAreas, "Calls of each route", description)
        .unit("ops")
        .no_value(NO_ROUTES)
        .query(series("{{route}}", format!("sum by (route) ({}) > 0", calls.rate())))
}

fn failures() -> Panel {
    let description = Description {
        shows: "Share of the handler calls of each route that failed.",
        good: "Near zero for each route.",
        otherwise: "The handler of this route fails, or rejects. The log line \"message not \
            processed\" has the reason.",
    };
    let failures = metric("longshore_handler_errors_total").without("route", "");
    let calls = metric("longshore_processing_duration_seconds_count").without("route", "");
    Panel::new(PanelKind::Lines, "Share of failed calls of each route", description)
        .unit("percentunit")
        .no_value(NO_ROUTES)
        .query(series(
            "{{route}}",
            format!(
                "sum by (route) ({})\n/\n(sum by (route) ({}) > 0)",
                failures.rate(),
                calls.rate()
            ),
        ))
}

fn duration() -> Panel {
    let description = Description {
        shows: "Mean time that the handler of each route ran.",
        good: "Near the value of yesterday.",
        otherwise: "A route that became slow holds slots that the other routes need. Give it a \
            queue of its own, or raise `concurrency`.",
    };
    let time = metric("longshore_processing_duration_seconds");
    let of_routes = |suffix| time.suffixed(suffix).without("route", "").rate();
    Panel::new(PanelKind::Lines, "Duration of the calls of each route", description)
        .unit("s")
        .no_value(NO_ROUTES)
        .query(series(
            "{{route}}",
            format!(
                "sum by (route) ({})\n/\n(sum by (route) ({}) > 0)",
                of_routes("_sum"),
                of_routes("_count")
            ),
        ))
}
