//! The requests to SQS: how the queue is polled, and what SQS refuses.

use crate::dashboards::dashboard::{Section, section};
use crate::dashboards::panel::{Description, Panel, PanelKind};
use crate::dashboards::promql::{events, metric};
use crate::dashboards::query::series;
use crate::dashboards::style::Color;
use longshore::label::LabelSet;
use longshore::outcome::ReceiveOutcome;
use longshore::telemetry::BreakerState;

pub(super) fn requests() -> Section {
    section(
        "Requests and polling",
        vec![
            receives(),
            empty_receive_wait(),
            failed_requests(),
            poll_loops(),
            breaker(),
            in_flight(),
        ],
    )
}

fn receives() -> Panel {
    let description = Description {
        shows: "Receives per second, by outcome.",
        good: "Full and partial receives under load. Without load, three empty receives per minute \
            and poll loop.",
        otherwise: "Many empty receives mean short polling. For errors, read the graph Failed SQS \
            requests. Abandoned: a shutdown interrupted the receive.",
    };
    Panel::new(PanelKind::StackedAreas, "Receives by outcome", description)
        .unit("reqps")
        .explains(&["LongshorePollersStalled", "LongshorePollingWaste"])
        .fixed_colors(ReceiveOutcome::VALUES)
        .query(series(
            "{{outcome}}",
            format!(
                "sum by (outcome) (
  {}
)",
                metric("longshore_receive_duration_seconds_count").rate()
            ),
        ))
}

fn empty_receive_wait() -> Panel {
    let description = Description {
        shows: "The average duration of an empty receive, the configured wait, and the longest \
            wait that SQS supports.",
        good: "All three are 20 seconds.",
        otherwise: "Near 0 means short polling. Between 0 and the configured wait, something \
            between the worker and SQS ends the long polls early.",
    };
    let empty = |suffix: &str| {
        metric(format!("longshore_receive_duration_seconds_{suffix}"))
            .with("outcome", "empty")
            .rate()
    };
    Panel::new(PanelKind::Lines, "Average wait of empty receives", description)
        .unit("s")
        .axis_to(20.0)
        .no_value("no empty receives")
        .query(
            series(
                "average",
                format!(
                    "sum(
  {}
)
/
(sum(
  {}
) > 0)",
                    empty("sum"),
                    empty("count")
                ),
            )
            .color(Color::Orange),
        )
        .query(
            series("configured", format!("min({})", metric("longshore_configured_wait_seconds")))
                .color(Color::Blue),
        )
        .query(
            series(
                "maximum of SQS",
                format!("max({})", metric("job_queue:longshore_long_poll_reference:seconds")),
            )
            .dashed(),
        )
}

fn failed_requests() -> Panel {
    let description = Description {
        shows: "Number of requests that failed in SQS or on the way to it, by action and reason.",
        good: "None, or a few.",
        otherwise: "`throttled` and `unavailable` usually end without action. An operator must fix \
            `denied`, `missing` and `kms`. The log has the error.",
    };
    Panel::new(PanelKind::StackedBars, "Failed SQS requests", description)
        .unit("short")
        .whole()
        .no_value("none")
        .explains(&["LongshoreRequestsRefused", "LongshoreRequestsThrottled"])
        .query(series(
            "{{action}} {{result}}",
            events(
                "action, result",
                &metric("longshore_api_requests_total").without("result", "ok"),
            ),
        ))
}

fn poll_loops() -> Panel {
    let description = Description {
        shows: "Running poll loops, and handler slots that are free.",
        good: "One poll loop per worker while the queue is quiet, and more under load.",
        otherwise: "No free slots: messages arrive faster than handlers process them, or handlers \
            hang. No poll loops: the workers are stopping, or polling is paused because the \
            handler is unreachable.",
    };
    Panel::new(PanelKind::Lines, "Poll loops and free slots", description)
        .unit("short")
        .explains(&["LongshorePollersStalled", "LongshoreSlotsBlocked"])
        .query(
            series("poll loops", format!("sum({})", metric("longshore_pollers")))
                .color(Color::Blue),
        )
        .query(
            series("free slots", format!("sum({})", metric("longshore_slots"))).color(Color::Sky),
        )
}

fn breaker() -> Panel {
    let description = Description {
        shows: "Workers by the state of their circuit breaker.",
        good: "All workers are `closed`.",
        otherwise: "`open`: the worker does not receive, because the application that processes \
            the messages, or S3 with their payloads, is unreachable or fails. The log line \"circuit breaker is open\" has the \
            reason. `half_open`: the application works again, and few messages at a time are \
            processed.",
    };
    Panel::new(PanelKind::StackedAreas, "Circuit breaker by state", description)
        .unit("none")
        .explains(&["LongshoreCircuitBreakerOpen"])
        .fixed_colors(BreakerState::VALUES)
        .query(series(
            "{{state}}",
            format!("sum by (state) ({}) > 0", metric("longshore_breaker_state")),
        ))
}

fn in_flight() -> Panel {
    let description = Description {
        shows: "Messages in flight in the workers, buffered messages, and the configured \
            concurrency. A buffered message has no handler yet.",
        good: "Below the dashed line, with few buffered messages.",
        otherwise: "If the messages in flight stay at the dashed line, the workers are full. Add \
            workers. A short peak above the line is normal, because a message is in flight until \
            SQS confirms its delete. Many buffered messages mean that handlers do not start.",
    };
    Panel::new(PanelKind::Lines, "In-flight and buffered messages", description)
        .unit("short")
        .query(
            series("in flight", format!("sum({})", metric("longshore_messages_in_flight")))
                .color(Color::Blue),
        )
        .query(
            series("buffered", format!("sum({})", metric("longshore_messages_held")))
                .color(Color::Orange),
        )
        .query(
            series("concurrency", format!("sum({})", metric("longshore_configured_concurrency")))
                .dashed(),
        )
}
