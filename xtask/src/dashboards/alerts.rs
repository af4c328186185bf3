//! What fires now, and where to read what to do: at the top of every dashboard.

use super::look::Bad;
use super::panel::{About, Look, Panel};
use super::promql::{firing_alerts, metric};
use super::query::{now, rows};
use super::table::Column;
use crate::rules::BY_QUEUE;
use crate::rules::{Dashboard, runbook_url};

/// How many alerts fire. Without the rules it says so, rather than that all is well.
pub(super) fn count() -> Panel {
    let about = About {
        shows: "Alerts of the chosen queues that fire now.",
        good: "none.",
        otherwise: "the table of firing alerts names them and links to their runbooks. \"No rules\" means that \
                    Prometheus has not loaded `alerts/longshore.rules.yml`, and nothing can fire.",
    };
    Panel::new(Look::Number, "Alerts firing", about)
        .bad(Bad::From(1.0))
        .say(0.0, "none")
        .none("no rules")
        .ask(now(
            "alerts",
            format!(
                "count({})
or
0 * count({})",
                firing_alerts(),
                metric("job_queue_slo:longshore_slo_objective:ratio")
            ),
        ))
}

/// Which ones, and since when.
pub(super) fn firing() -> Panel {
    let about = About {
        shows: "The alerts that fire now, each with its runbook: click its name.",
        good: "no rows.",
        otherwise: "`critical` is for now, `warning` for working hours. Click the name for what to do, and the \
                    queue to see it.",
    };
    let runbook = runbook_url("${__data.fields.alertname}");
    let columns = vec![
        Column::label("severity"),
        Column::label("alertname").link("Runbook", runbook),
        queue(),
        Column::label("slo"),
        Column::label("long_window"),
        Column::label("job"),
        Column::label("namespace"),
        Column::label("cluster"),
        Column::hidden("Value"),
    ];
    Panel::new(Look::Table { columns, order: vec![] }, "Firing alerts: what to do", about)
        .high(5)
        .unit("string")
        .none("Nothing fires.")
        .ask(rows(format!(
            "max by ({BY_QUEUE}, slo, alertname, severity, long_window) (
  {}
)",
            firing_alerts()
        )))
}

/// The column of queues, each linked to its own dashboard.
pub(super) fn queue() -> Column {
    let url = format!(
        "{}?var-queue=${{__data.fields.queue}}&var-job=${{__data.fields.job}}&${{datasource:queryparam}}\
         &${{cluster:queryparam}}&${{namespace:queryparam}}&${{__url_time_range}}",
        Dashboard::Queue.path()
    );
    Column::label("queue").link("Open the queue", url)
}
