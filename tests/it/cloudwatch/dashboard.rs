//! The dashboard: its queries, its layout, and what is around the panels. tests/system/cloudwatch
//! sends its queries to a real Prometheus.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use xtask::cloudwatch::METRICS;
use xtask::dashboards::generated_files;

use super::{alerts, rules};
use crate::rules::known::parts;
use crate::rules::promql::{Selector, read};

/// Grafana's units in a line.
const LINE: u64 = 24;

fn dashboard() -> Value {
    let files = generated_files();
    let file = files.iter().find(|file| file.path == "dashboards/sqs-cloudwatch.json").unwrap();
    serde_json::from_str(&file.text).unwrap()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

/// Everything that a panel reads, with its title.
pub(super) fn selectors() -> impl Iterator<Item = (String, Selector)> {
    let dashboard = dashboard();
    let mut found = vec![];
    let panels = list(&dashboard, "panels").iter();
    // The panels of a closed row are inside it.
    for panel in panels.flat_map(|panel| std::iter::once(panel).chain(list(panel, "panels"))) {
        for target in list(panel, "targets") {
            let expr = text(target, "expr").replace(" @ end()", "").replace("$__range", "6h");
            let selectors = read(&expr).selectors;
            found.extend(selectors.into_iter().map(|one| (text(panel, "title").to_owned(), one)));
        }
    }
    found.into_iter()
}

#[test]
fn every_query_reads_a_recording_with_the_variables() {
    let rules = rules();
    let recorded: BTreeSet<_> = rules.iter().map(|rule| parts(rule).0).collect();
    for (panel, selector) in selectors() {
        let name = selector.name.as_str();
        assert!(name == "ALERTS" || recorded.contains(name), "{panel} reads {name}");
        for variable in ["account_id", "region", "queue"] {
            let matcher = (variable.to_owned(), format!("${variable}"));
            assert!(selector.matchers.contains(&matcher), "{panel}: {name} ignores {variable}");
        }
    }
}

#[test]
fn every_metric_of_cloudwatch_is_shown_or_judged() {
    let shown: BTreeSet<_> = selectors().map(|(_, selector)| selector.name).collect();
    let rules = rules();
    for metric in METRICS.iter().filter(|metric| !shown.contains(metric.recording)) {
        let readers = rules.iter().filter(|rule| parts(rule).1.contains(metric.recording));
        assert!(readers.count() > 1, "only {} reads {}", "sqs:queue:known", metric.recording);
    }
}

#[test]
fn every_alert_on_a_queue_has_a_number_on_the_first_screen() {
    let dashboard = dashboard();
    let panels = list(&dashboard, "panels");
    let kinds: Vec<_> = panels.iter().take(10).map(|panel| text(panel, "type")).collect();
    assert_eq!(kinds[0], "text");
    assert!(kinds[1..9].iter().all(|kind| *kind == "stat"), "{kinds:?}");
    assert_eq!(kinds[9], "table");
    let numbers = panels[1..9].iter().map(|panel| text(panel, "description").to_owned());
    let numbers = Vec::from_iter(numbers).concat();
    for alert in alerts().iter().filter(|alert| alert.name != "SqsMetricsMissing") {
        assert!(numbers.contains(alert.name), "no number names the runbook {}", alert.name);
    }
}

#[test]
fn variables_are_the_labels_of_a_queue_and_match_queues_without_them() {
    let dashboard = dashboard();
    let variables = list(&dashboard["templating"], "list");
    let names: Vec<_> = variables.iter().map(|one| text(one, "name")).collect();
    assert_eq!(names, ["datasource", "account_id", "region", "queue"]);
    for variable in &variables[1..] {
        assert_eq!((text(variable, "allValue"), &variable["refresh"]), (".*", &json!(2)));
        assert_eq!(variable["datasource"]["uid"], "${datasource}");
    }
}

#[test]
fn panels_fill_their_rows_and_do_not_overlap() {
    let dashboard = dashboard();
    let rectangle =
        |panel: &Value| ["x", "y", "w", "h"].map(|side| panel["gridPos"][side].as_u64().unwrap());
    let rectangles: Vec<_> = list(&dashboard, "panels").iter().map(rectangle).collect();
    let mut cells = BTreeSet::new();
    for [x, y, width, height] in &rectangles {
        for column in *x..x + width {
            assert!(column < LINE && (*y..y + height).all(|row| cells.insert((column, row))));
        }
    }
    let bottom = rectangles.iter().map(|[_, y, _, height]| y + height).max().unwrap();
    assert_eq!(cells.len() as u64, bottom * LINE, "there are holes");
}

#[test]
fn an_import_needs_no_edits() {
    let dashboard = dashboard();
    assert_eq!(
        (text(&dashboard, "uid"), &dashboard["editable"]),
        ("sqs-cloudwatch", &json!(false))
    );
    assert!(dashboard["id"].is_null() && dashboard["schemaVersion"] == 39);
    let whole = dashboard.to_string();
    for breaker in ["__inputs", "DS_PROMETHEUS", "__requires", "$job", "$cluster", "longshore_"] {
        assert!(!whole.contains(breaker), "it has {breaker}");
    }
    let [link] = list(&dashboard, "links") else { panic!("one link") };
    assert!(text(link, "url").ends_with("/docs/runbooks/cloudwatch.md"));
}
