//! The firing alerts: how many there are, and a table of what to do.

use super::panel::{Description, Panel, PanelKind, SortOrder};
use super::promql::{firing_alerts, metric};
use super::query::{instant, rows};
use super::shared_panels::queue_column;
use super::style::Threshold;
use super::table::Column;
use super::what_to_do::{NO_RULES, NO_WORKERS, first_steps, problems, severities};
use crate::rules::{BY_QUEUE, DashboardId, runbook_url};
use longshore::slo::windows::Severity;

/// The labels that make one row of an alert. The pairs of windows of one objective are one row.
fn labels(dashboard: DashboardId) -> String {
    match dashboard {
        DashboardId::Queue => "slo, alertname".to_owned(),
        DashboardId::Fleet | DashboardId::Shutdown | DashboardId::CloudWatch => {
            format!("{BY_QUEUE}, slo, alertname")
        }
    }
}

/// The firing critical alerts.
pub(super) fn critical(dashboard: DashboardId) -> String {
    firing_alerts(dashboard).with("severity", Severity::Page.as_str()).to_string()
}

/// The warnings whose alert is not also critical.
pub(super) fn warnings(dashboard: DashboardId) -> String {
    let warning = firing_alerts(dashboard).with("severity", Severity::Ticket.as_str());
    format!("{warning}\n  unless on ({}) {}", labels(dashboard), critical(dashboard))
}

/// An objective, which every queue has if the rules are loaded.
fn objective() -> String {
    metric("job_queue_slo:longshore_slo_objective:ratio").to_string()
}

/// The number of firing alerts by severity. If the rules are missing, it shows "no rules" instead
/// of zero.
pub(super) fn count(dashboard: DashboardId) -> Panel {
    let description = Description {
        shows: "Number of firing alerts by severity. An alert that fires for several windows \
            counts once.",
        good: "No alert fires.",
        otherwise: "Read the table of firing alerts. It shows what to do. \"no rules\" means that \
            Prometheus has not loaded `alerts/longshore.rules.yml`, so no alert can fire.",
    };
    let count = |legend, alerts: String| {
        instant(
            legend,
            format!(
                "count(
  group by ({}) ({alerts})
)
or
0 * count({})",
                labels(dashboard),
                objective()
            ),
        )
    };
    Panel::new(PanelKind::Stat, "Firing alerts", description)
        .whole()
        .no_value("no rules")
        .query(count("critical", critical(dashboard)).threshold(Threshold::BadFrom(1.0)))
        .query(count("warning", warnings(dashboard)).threshold(Threshold::WarnFrom(1.0)))
}

/// The firing alerts with what to do, and links to their runbooks and queues. Without rules, it has
/// a row that says so.
pub(super) fn table(dashboard: DashboardId) -> Panel {
    let description = Description {
        shows: "The alerts that fire now, the most severe first: what is wrong, and the first step. \
            An alert that fires for several windows or severities has one row.",
        good: "The table is empty.",
        otherwise: "Do the first step, then follow the runbook: click the name of the alert. Act \
            on `critical` now and on `warning` in working hours.",
    };
    let severity = Column::label("severity", "Severity").width(85).map(severities()).colored();
    let mut columns = vec![severity];
    if dashboard != DashboardId::Queue {
        columns.push(queue_column(180));
    }
    let runbook = runbook_url("${__data.fields.alertname}");
    columns.extend([
        Column::label("kind", "Problem").at_least(350).map(problems()),
        Column::label("action", "What to do").at_least(305).map(first_steps()),
        Column::label("slo", "Objective").width(90),
        Column::label("alertname", "Alert and runbook").width(235).link("Runbook", runbook),
    ]);
    if dashboard != DashboardId::Queue {
        columns.extend(["job", "namespace", "cluster"].map(|label| site_column(label).width(95)));
    }
    columns.push(Column::hidden("Value"));
    // In this order, LongshorePollingWaste is above LongshoreMessageCostHigh, which it causes.
    let sort =
        vec![("Severity", SortOrder::Ascending), ("Alert and runbook", SortOrder::Descending)];
    Panel::new(PanelKind::Table { columns, sort }, "Firing alerts: what to do", description)
        .height(6)
        .unit("string")
        .no_value("No alert fires")
        .query(rows(table_expression(dashboard)))
}

/// A column with a label of the site.
pub(super) fn site_column(label: &'static str) -> Column {
    let title = match label {
        "job" => "Job",
        "namespace" => "Namespace",
        "cluster" => "Cluster",
        other => other,
    };
    Column::label(label, title).at_least(110)
}

/// The labels `kind` and `action` hold the keys of the texts.
fn table_expression(dashboard: DashboardId) -> String {
    let labels = labels(dashboard);
    let workers = metric("longshore_build_info");
    format!(
        "label_join(
  label_join(
    max by ({labels}, severity) (
  {}
)
    or
    max by ({labels}, severity) (
  {}
),
    \"kind\", \" \", \"alertname\", \"severity\"
  ),
  \"action\", \"\", \"alertname\"
)
or
{}
or
{}",
        critical(dashboard),
        warnings(dashboard),
        unknown(NO_RULES, &format!("absent({}) and on () group({workers})", objective())),
        unknown(NO_WORKERS, &format!("absent({workers})"))
    )
}

/// A row that says why no alert can fire.
fn unknown(reason: &str, condition: &str) -> String {
    format!(
        "label_replace(
  label_replace(
    label_replace(group({condition}), \"severity\", \"unknown\", \"\", \"\"),
    \"kind\", \"{reason}\", \"\", \"\"
  ),
  \"action\", \"{reason}\", \"\", \"\"
)"
    )
}
