//! `longshore export --by`: every rule and dashboard uses the additional labels of a site, and
//! nothing else changes.

use std::collections::BTreeSet;
use std::path::Path;

use longshore::telemetry::catalog;
use longshore_ops::{File, Flavor, SiteLabels, files};
use serde_json::Value;

use super::export::{export, nowhere, said};
use super::known::{alerts, all_groups, parts};
use super::promql::{Reading, read};

const ADDED: [&str; 2] = ["region", "env"];

fn exported() -> Vec<File> {
    files(&ADDED.join(",").parse().unwrap(), Flavor::Prometheus)
}

fn file(path: &str) -> String {
    exported().into_iter().find(|file| file.path == path).unwrap().text.into_owned()
}

/// The labels of a grouping, with the added ones where the rules of the repository have `cluster`.
fn expected(grouping: &[String]) -> Vec<String> {
    let added = grouping.first().is_some_and(|first| first == "cluster").then_some(ADDED);
    added.into_iter().flatten().map(str::to_owned).chain(grouping.iter().cloned()).collect()
}

/// The expressions of a rule file, in its order.
fn expressions(rules: &str) -> Vec<String> {
    let blocks = rules.split("        expr: |-\n").skip(1);
    let is_inside = |line: &&str| line.starts_with("          ");
    blocks.map(|block| block.lines().take_while(is_inside).collect::<Vec<_>>().join("\n")).collect()
}

fn matchers(reading: &Reading) -> Vec<&Vec<(String, String)>> {
    reading.selectors.iter().map(|selector| &selector.matchers).collect()
}

#[test]
fn every_aggregation_and_join_of_a_rule_has_the_labels_of_the_site() {
    let groups = all_groups();
    let rules: Vec<_> = groups.iter().flat_map(|group| &group.rules).collect();
    let exported = expressions(&file("alerts/longshore.rules.yml"));
    assert_eq!(exported.len(), rules.len());
    for (rule, exported) in rules.into_iter().zip(&exported) {
        let (name, expr) = parts(rule);
        let (before, after) = (read(expr), read(exported));
        let groupings: Vec<_> = before.groupings.iter().map(|list| expected(list)).collect();
        assert_eq!(after.groupings, groupings, "{name}");
        assert!(groupings.iter().all(|list| list[0] == ADDED[0]), "{name}: {groupings:?}");
        assert_eq!(matchers(&before), matchers(&after), "{name}");
        let without = exported.replace("region, env, ", "").replace("          ", "");
        assert_eq!(without, expr.replace("          ", ""), "{name}");
    }
}

#[test]
fn links_and_inhibitions_have_the_labels_of_the_site() {
    let rules = file("alerts/longshore.rules.yml");
    let links: Vec<_> = rules.lines().filter(|line| line.contains("dashboard_url: /d/")).collect();
    assert_eq!(links.len(), alerts().len());
    for link in links {
        assert!(link.contains("{{ with $labels.region }}&var-region={{ . | urlquery }}"), "{link}");
        assert!(link.contains("{{ with $labels.env }}&var-env={{ . | urlquery }}"), "{link}");
    }
    let alertmanager = file("alerts/alertmanager.example.yml");
    for line in alertmanager.lines().filter(|line| line.contains("namespace")) {
        assert!(line.contains("region, env, cluster, namespace"), "{line}");
    }
}

/// The texts of a JSON value.
fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => found.push(text),
        Value::Array(list) => list.iter().for_each(|item| texts(item, found)),
        Value::Object(object) => object.values().for_each(|item| texts(item, found)),
        _ => {}
    }
}

/// The dashboards of workers' metrics. That of CloudWatch's has no labels of a site.
fn dashboards() -> Vec<(String, Value)> {
    let is_dashboard = |file: &File| {
        file.path.starts_with("dashboards/longshore-") && file.path.ends_with(".json")
    };
    let found = exported().into_iter().filter(is_dashboard);
    found.map(|file| (file.path, serde_json::from_str(&file.text).unwrap())).collect()
}

#[test]
fn every_query_of_a_dashboard_selects_and_groups_by_the_labels_of_the_site() {
    for (path, dashboard) in dashboards() {
        let mut all = Vec::new();
        texts(&dashboard["panels"], &mut all);
        texts(&dashboard["annotations"], &mut all);
        let queries: Vec<_> = all.iter().filter(|text| text.contains("{cluster=~\"")).collect();
        assert!(queries.is_empty(), "{path}: {queries:?}");
        let queries = all.iter().filter(|text| text.contains("cluster=~\""));
        for query in queries.map(|text| text.replace("$__rate_interval", "1m")) {
            let query = query.replace("$__interval_ms", "15000");
            let reading = read(&query.replace("$__range", "6h"));
            for selector in &reading.selectors {
                let labels: Vec<_> = selector.matchers.iter().map(|(name, _)| &**name).collect();
                assert_eq!(labels[..3], ["region", "env", "cluster"], "{path}: {query}");
            }
            for grouping in reading.groupings.iter().filter(|list| list.contains(&"cluster".into()))
            {
                assert_eq!(grouping[..3], ["region", "env", "cluster"], "{path}: {query}");
            }
        }
        for text in
            all.iter().filter(|text| text.contains("{{cluster}}") || text.contains("${cluster:"))
        {
            assert!(text.contains("region") && text.contains("env"), "{path}: {text}");
        }
    }
}

#[test]
fn a_dashboard_has_a_variable_and_a_column_for_each_label_of_the_site() {
    for (path, dashboard) in dashboards() {
        let variables = dashboard["templating"]["list"].as_array().unwrap();
        let name = |variable: &Value| variable["name"].as_str().unwrap().to_owned();
        let names: Vec<_> = variables.iter().map(name).collect();
        assert_eq!(names[..5], ["datasource", "region", "env", "cluster", "namespace"], "{path}");
        let queries: Vec<_> = variables[1..5].iter().map(|one| &one["query"]["query"]).collect();
        assert_eq!(
            queries,
            [
                "label_values(longshore_pollers{}, region)",
                "label_values(longshore_pollers{region=~\"$region\"}, env)",
                "label_values(longshore_pollers{region=~\"$region\", env=~\"$env\"}, cluster)",
                "label_values(longshore_pollers{region=~\"$region\", env=~\"$env\", \
                 cluster=~\"$cluster\"}, namespace)",
            ]
        );
        let page = dashboard["panels"].as_array().unwrap();
        let inside = page.iter().filter_map(|row| row["panels"].as_array()).flatten();
        for panel in page.iter().chain(inside) {
            let positions = &panel["transformations"][1]["options"]["indexByName"];
            let Some(cluster) = positions["cluster"].as_u64() else { continue };
            assert_eq!([&positions["region"], &positions["env"]], [cluster - 2, cluster - 1]);
            let all = positions.as_object().unwrap();
            let unique: BTreeSet<_> = all.values().map(|position| position.as_u64()).collect();
            assert_eq!(unique.len(), all.len(), "{path}: {positions}");
            let overrides = panel["fieldConfig"]["overrides"].as_array().unwrap();
            let columns = overrides.iter().filter(|one| one["matcher"]["options"] == "region");
            assert_eq!(columns.count(), 1, "{path}: {}", panel["title"]);
        }
    }
}

#[test]
fn every_label_of_a_metric_or_an_alert_is_refused() {
    let of_metrics = catalog::ALL.iter().flat_map(|metric| metric.labels).map(|label| label.name);
    // A site can have these two. Only the metric with the address of a queue has them, and Prometheus
    // then calls its own labels exported_region and exported_account.
    let of_metrics = of_metrics.filter(|label| !["region", "account"].contains(label));
    let alerts = alerts();
    let of_alerts = alerts.iter().flat_map(|alert| &alert.labels).map(|(label, _)| *label);
    let added = ["alertname", "alertstate", "severity", "cluster", "namespace", "job", "instance"];
    for label in of_metrics.chain(of_alerts).chain(added) {
        assert!(label.parse::<SiteLabels>().is_err(), "{label}");
    }
}

#[test]
fn the_program_exports_for_the_labels_and_refuses_a_bad_one_before_it_writes() {
    let dir = nowhere("by");
    let refused = export(&dir, &["--by", "region,queue"]);
    assert_eq!(refused.status.code(), Some(64), "{}", said(&refused));
    assert!(said(&refused).contains("\"queue\" is a label of the metrics"), "{}", said(&refused));
    assert!(!dir.exists());
    let done = export(&dir, &["--by", "region,env"]);
    assert!(done.status.success(), "{}", said(&done));
    for file in exported() {
        assert_eq!(std::fs::read_to_string(Path::new(&dir).join(&file.path)).unwrap(), file.text);
    }
    let other = export(&dir, &["--by", "region"]);
    assert_eq!(other.status.code(), Some(1), "{}", said(&other));
}
