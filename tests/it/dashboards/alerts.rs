//! Alerts on the dashboards: what to do, and the panel that shows the cause.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use xtask::dashboards::FIRST_STEPS;

use super::{Board, Query, boards, list, text};
use crate::rules::known::{alerts, recordings};
use crate::rules::promql::read;

/// The longest first step that a table shows in full on a screen that is 1000 pixels wide.
const LONGEST_STEP: usize = 40;

fn alert_table(board: &Board) -> &Value {
    board.panels().find(|panel| text(panel, "title") == "Firing alerts: what to do").unwrap()
}

/// The texts that a column shows in place of its values.
fn mapped(panel: &Value, field: &str) -> BTreeMap<String, String> {
    let columns = list(&panel["fieldConfig"], "overrides");
    let column = columns.iter().find(|one| text(&one["matcher"], "options") == field).unwrap();
    let mappings = list(column, "properties").iter().find(|one| one["id"] == "mappings").unwrap();
    let options = mappings["value"][0]["options"].as_object().unwrap();
    options.iter().map(|(value, result)| (value.clone(), text(result, "text").to_owned())).collect()
}

#[test]
fn every_alert_has_a_first_step_that_fits_the_table() {
    let names: BTreeSet<_> = alerts().iter().map(|alert| alert.name).collect();
    let steps: Vec<_> = FIRST_STEPS.iter().map(|(name, _)| *name).collect();
    for name in &names {
        assert!(
            steps.contains(name),
            "add {name} to FIRST_STEPS in xtask/src/dashboards/what_to_do.rs"
        );
    }
    assert_eq!(steps, Vec::from_iter(names), "FIRST_STEPS has each alert once, in this order");
    for (name, step) in FIRST_STEPS {
        assert!(step.ends_with('.') && step.len() <= LONGEST_STEP, "{name}: {step}");
        assert!(!step.contains('`'), "{name}: a table shows Markdown as it is");
    }
    for board in boards() {
        let shown = mapped(alert_table(&board), "action");
        for (name, step) in FIRST_STEPS {
            assert_eq!(shown[*name], *step, "{}", board.uid);
        }
    }
}

/// The table has the sentence of each alert and severity, without labels, which are columns.
#[test]
fn every_alert_has_its_sentence_in_the_table() {
    for board in boards() {
        let shown = mapped(alert_table(&board), "kind");
        for alert in alerts() {
            let key = format!("{} {}", alert.name, alert.severity.as_str());
            let problem = shown.get(&key).unwrap_or_else(|| panic!("{}: no {key}", board.uid));
            assert!(problem.ends_with('.') && !problem.contains("{{"), "{key}: {problem}");
            assert!(!problem.contains("  ") && problem.len() > 15, "{key}: {problem}");
        }
        assert!(shown["no rules"].contains("no alert can fire"));
    }
}

/// One row for each alert, queue and objective, the critical ones first.
#[test]
fn the_table_has_one_row_for_each_alert_queue_and_objective() {
    for board in boards() {
        let table = alert_table(&board);
        let [target] = &list(table, "targets")[..] else { panic!("{}", board.uid) };
        let expr = text(target, "expr");
        assert!(!expr.contains("window"), "{}: pairs of windows make several rows", board.uid);
        // The rows that say why no alert can fire have no labels.
        let groupings = read(&expr.replace("$__range", "6h")).groupings;
        for grouping in groupings.iter().filter(|grouping| !grouping.is_empty()) {
            let has = |label: &str| grouping.iter().any(|one| one == label);
            assert!(has("alertname") && has("slo"), "{}: {grouping:?}", board.uid);
        }
        assert!(expr.contains("unless on ("), "{}: warnings that are also critical", board.uid);
        assert!(expr.contains("absent(job_queue_slo:longshore_slo_objective:ratio{"), "{expr}");
        let first = &list(&table["options"], "sortBy")[0];
        assert_eq!(text(first, "displayName"), "Severity", "{}", board.uid);
        assert!(first["desc"] == false, "{}", board.uid);
        let mut severities: Vec<_> = mapped(table, "severity").into_keys().collect();
        severities.sort();
        assert_eq!(severities, ["critical", "unknown", "warning"]);
    }
}

/// The metrics that an expression reads, also through recordings.
fn metrics(expr: &str, recordings: &BTreeMap<String, String>, found: &mut BTreeSet<String>) {
    for selector in read(expr).selectors {
        match recordings.get(&selector.name) {
            // A recording can read its own last value.
            Some(inner) if found.insert(selector.name.clone()) => {
                metrics(inner, recordings, found);
            }
            Some(_) => {}
            None => {
                found.insert(selector.name);
            }
        }
    }
}

fn raw_metrics(expr: &str, recordings: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    metrics(expr, recordings, &mut found);
    let base = |name: String| {
        ["_bucket", "_count", "_sum"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix).map(str::to_owned))
            .unwrap_or(name)
    };
    found.into_iter().filter(|name| !name.contains(':')).map(base).collect()
}

/// The panels of a dashboard that link to the runbook of an alert.
fn explaining<'a>(board: &'a Board, alert: &str) -> Vec<&'a Value> {
    let link = format!("[{alert}](");
    let explains = |panel: &&Value| {
        let alerts = text(panel, "description").split("**Alerts:** ").nth(1);
        alerts.is_some_and(|alerts| alerts.contains(&link))
    };
    board.data_panels().filter(explains).collect()
}

#[test]
fn every_alert_has_a_panel_that_shows_its_cause_on_the_dashboard_it_links_to() {
    let boards = boards();
    let recordings: BTreeMap<_, _> = recordings().into_iter().collect();
    for alert in alerts() {
        let board = boards.iter().find(|board| board.uid == alert.dashboard.uid()).unwrap();
        let panels = explaining(board, alert.name);
        let advice = "add .explains(&[..]) to a panel in xtask/src/dashboards";
        assert!(!panels.is_empty(), "no panel of {} explains {}: {advice}", board.uid, alert.name);
        let of_alert = raw_metrics(&alert.expr, &recordings);
        let shows_cause = panels.iter().any(|panel| {
            list(panel, "targets").iter().any(|target| {
                let place = board.place(panel);
                let query =
                    Query { place, expr: text(target, "expr").to_owned(), is_instant: true };
                !raw_metrics(&query.filled(), &recordings).is_disjoint(&of_alert)
            })
        });
        assert!(shows_cause, "no panel that explains {} reads one of {of_alert:?}", alert.name);
    }
}
