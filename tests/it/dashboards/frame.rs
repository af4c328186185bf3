//! What is around the panels: variables, links, marks, and what breaks an import.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Board, boards, list, text};
use crate::rules::expressions::assert_exists;
use crate::rules::known::{SITE, alerts, series};
use crate::rules::promql::read;

/// Linter: template-datasource-rule.
#[test]
fn the_data_source_is_chosen_on_the_dashboard() {
    for board in boards() {
        let sources: Vec<_> =
            board.variables().iter().filter(|one| text(one, "type") == "datasource").collect();
        let [source] = sources[..] else { panic!("{} has {} sources", board.uid, sources.len()) };
        let said = ["name", "label", "query"].map(|key| text(source, key));
        assert_eq!(said, ["datasource", "Data source", "prometheus"], "{}", board.uid);
    }
}

/// Linter: template-job-rule, template-instance-rule. `allValue` makes "All" match a label that is
/// there, however many values it has; cluster and namespace may not be there at all. One board
/// shows one queue.
#[test]
fn every_label_of_a_worker_is_a_variable() {
    for board in boards() {
        for name in ["cluster", "namespace", "job", "queue", "instance"] {
            let variable = board.variable(name);
            let label = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
            assert_eq!((text(variable, "type"), text(variable, "label")), ("query", &*label));
            assert_eq!(variable["datasource"]["uid"], "${datasource}", "{}: {name}", board.uid);
            if (board.uid, name) == ("longshore-queue", "queue") {
                assert_eq!(
                    (&variable["multi"], &variable["includeAll"]),
                    (&json!(false), &json!(false))
                );
                continue;
            }
            let all = if ["cluster", "namespace"].contains(&name) { ".*" } else { ".+" };
            assert_eq!(
                (&variable["multi"], text(variable, "allValue")),
                (&json!(true), all),
                "{name}"
            );
        }
    }
}

/// Linter: template-label-promql-rule. Each variable narrows those after it, by labels that exist.
#[test]
fn variables_ask_for_values_of_labels_that_exist() {
    let series = series();
    for board in boards() {
        let mut before: Vec<&str> = vec![];
        for variable in board.variables().iter().filter(|one| text(one, "type") == "query") {
            let name = text(variable, "name");
            let query = text(&variable["query"], "query");
            let inner = query.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
            let (selector, label) = inner.and_then(|inner| inner.rsplit_once(", ")).unwrap();
            assert_eq!(label, name, "{}: {query}", board.uid);
            let selectors = read(selector).selectors;
            for selector in &selectors {
                assert_exists(selector, &series, name);
                let known = series[&selector.name].labels.contains_key(label);
                assert!(known || SITE.contains(&label), "{} has no {label}", selector.name);
            }
            let narrowed: Vec<_> = selectors[0].matchers.iter().map(|(label, _)| label).collect();
            assert_eq!(narrowed, before, "{}: {name} is not narrowed by those before", board.uid);
            before.push(name);
        }
    }
}

/// Linter: template-on-time-change-reload-rule. Workers that are gone are found in their time.
#[test]
fn variables_follow_the_time_range() {
    for board in boards() {
        for variable in board.variables().iter().filter(|one| text(one, "type") == "query") {
            assert_eq!(variable["refresh"], 2, "{}: {}", board.uid, text(variable, "name"));
        }
    }
}

/// Linter: uneditable-dashboard.
#[test]
fn generated_dashboards_are_read_only() {
    assert!(boards().iter().all(|board| board.json["editable"] == false));
}

/// What makes an import by hand, by provisioning or by the sidecar fail.
#[test]
fn an_import_needs_no_edits() {
    for board in boards() {
        let Board { uid, json } = &board;
        let whole = json.to_string();
        for breaker in ["__inputs", "DS_PROMETHEUS", "__requires", "apiVersion", "$__interval\""] {
            assert!(!whole.contains(breaker), "{uid} has {breaker}");
        }
        assert!(json["id"].is_null() && json["uid"] == *uid && uid.len() <= 40, "{uid}");
        assert_eq!(json["schemaVersion"], 39, "the schema of Grafana 11.0, the oldest supported");
        for variable in board.variables() {
            let current = &variable["current"];
            let all = json!({ "text": ["All"], "value": ["$__all"] });
            assert!(current.is_null() || *current == all, "{uid} has a saved value: {current}");
        }
        let angular = ["graph", "singlestat", "table-old", "heatmap-old", "worldmap"];
        for panel in board.panels() {
            assert!(!angular.contains(&text(panel, "type")), "{uid}");
        }
    }
}

#[test]
fn the_dashboards_lead_to_each_other_and_keep_time_and_variables() {
    let boards = boards();
    for board in &boards {
        assert_eq!(board.json["tags"], json!(["longshore"]), "{}", board.uid);
        let links = list(&board.json, "links");
        let others = links.iter().find(|link| text(link, "type") == "dashboards").unwrap();
        assert_eq!(others["tags"], json!(["longshore"]));
        assert_eq!((&others["keepTime"], &others["includeVars"]), (&json!(true), &json!(true)));
    }
    let uids: BTreeSet<_> = boards.iter().map(|board| board.uid).collect();
    assert_eq!(uids.len(), boards.len());
    // A link from a table names a dashboard that there is, variables that it has, and columns that
    // the table has.
    let names = |board: &Board| -> BTreeSet<String> {
        board.variables().iter().map(|one| text(one, "name").to_owned()).collect()
    };
    for (board, panel) in boards.iter().flat_map(|b| b.data_panels().map(move |panel| (b, panel))) {
        let overrides = list(&panel["fieldConfig"], "overrides");
        let fields: BTreeSet<_> =
            overrides.iter().filter_map(|one| one["matcher"]["options"].as_str()).collect();
        for link in overrides.iter().flat_map(|one| list(one, "properties")).flat_map(links_of) {
            let place = board.place(panel);
            for field in link.split("${__data.fields.").skip(1) {
                let field = field.split('}').next().unwrap();
                assert!(fields.contains(field), "{place} has no column {field}: {link}");
            }
            let Some(rest) = link.strip_prefix("/d/") else { continue };
            let (uid, query) = rest.split_once('?').unwrap();
            let there = boards.iter().find(|board| board.uid == uid).unwrap();
            for part in query.split('&') {
                let name = part.strip_prefix("var-").and_then(|part| part.split('=').next());
                let name = name.or_else(|| part.strip_prefix("${")?.strip_suffix(":queryparam}"));
                let known =
                    name.map_or(part == "${__url_time_range}", |name| names(there).contains(name));
                assert!(known, "{place}: {uid} has no {part}");
            }
        }
    }
}

fn links_of(property: &Value) -> Vec<String> {
    let links = property["value"].as_array().filter(|_| property["id"] == "links");
    links.into_iter().flatten().map(|link| text(link, "url").to_owned()).collect()
}

#[test]
fn every_dashboard_link_of_an_alert_resolves() {
    let boards = boards();
    for alert in alerts() {
        let board = boards.iter().find(|board| board.uid == alert.dashboard.uid());
        let board = board.unwrap_or_else(|| panic!("{} points nowhere", alert.name));
        let names = ["cluster", "namespace", "job", "queue"];
        assert!(names.iter().all(|name| !board.variable(name).is_null()));
    }
}

#[test]
fn alerts_deploys_and_shutdowns_are_annotations() {
    for board in boards() {
        let names: Vec<_> =
            board.list("/annotations/list").iter().map(|one| text(one, "name")).collect();
        assert_eq!(names, ["Alerts", "Deploys", "Shutdowns"], "{}", board.uid);
        for annotation in board.list("/annotations/list") {
            assert_eq!(annotation["datasource"]["uid"], "${datasource}", "{}", board.uid);
            assert_eq!(annotation["enable"], true);
            assert!(!text(annotation, "titleFormat").is_empty(), "{}", board.uid);
        }
    }
}

/// What lasts shorter than a step would fall between two points, and a mark for the whole time of
/// an alert would shade every graph.
#[test]
fn an_annotation_marks_what_lasts_shorter_than_its_step_and_starts_only() {
    for board in boards() {
        for annotation in board.list("/annotations/list") {
            let (name, expr) = (text(annotation, "name"), text(annotation, "expr"));
            let step = text(annotation, "step");
            match name {
                "Shutdowns" => {
                    assert!(expr.contains("max_over_time(longshore_draining{"), "{expr}");
                    assert!(expr.contains(&format!("[{step}]")), "{expr}");
                }
                "Alerts" => {
                    assert!(expr.contains("unless"), "{expr}");
                    assert!(expr.contains(&format!("offset {step}")), "{expr}");
                    let only_critical = board.uid == "longshore-queue";
                    let is_critical = expr.contains("severity=\"critical\"");
                    assert_eq!(is_critical, only_critical, "{}: {expr}", board.uid);
                }
                _ => {
                    assert!(expr.contains("> time() - 120)"), "{expr}");
                    assert_eq!(annotation["useValueForTime"], true, "{annotation}");
                }
            }
        }
    }
}
