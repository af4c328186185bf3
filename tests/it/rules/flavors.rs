//! `longshore export --flavor`: the rules for other rulers are the rules for Prometheus.

use std::collections::BTreeSet;

use longshore_ops::{Flavor, SiteLabels, files};

use super::export::{export, nowhere, said};
use super::known::alerts;
use super::promql::read;

fn text(flavor: Flavor, path: &str) -> String {
    let files = files(&SiteLabels::default(), flavor);
    files.into_iter().find(|file| file.path == path).unwrap().text.into_owned()
}

fn grafana() -> String {
    text(Flavor::Grafana, "alerts/grafana/longshore.alerts.yml")
}

/// The values of a key, in the order of the file.
fn values<'a>(yaml: &'a str, key: &str) -> Vec<&'a str> {
    let key = format!("{key}: ");
    let lines = yaml.lines().map(|line| line.trim_start().trim_start_matches("- "));
    lines.filter_map(|line| line.strip_prefix(&*key)).collect()
}

#[test]
fn grafana_has_every_alert_with_its_expression_and_waits() {
    let yaml = grafana();
    let alerts = alerts();
    let rules: Vec<_> = yaml.split("      - uid: ").skip(1).collect();
    assert_eq!(rules.len(), alerts.len());
    for (rule, alert) in rules.into_iter().zip(&alerts) {
        assert!(rule.contains(&format!("title: {} {}", alert.name, alert.severity.as_str())));
        let expr = rule.split("expr: |-\n").nth(1).unwrap().split("          - refId: B").next();
        let lines: Vec<_> = expr.unwrap().lines().map(|line| &line[16..]).collect();
        assert_eq!(lines.join("\n"), alert.expr, "{}", alert.name);
        read(&alert.expr);
        for (key, length) in [("for", alert.hold), ("keepFiringFor", alert.keep)] {
            let [value] = values(rule, key)[..] else { panic!("{}: {key}", alert.name) };
            assert_eq!(humantime::parse_duration(value).unwrap(), length, "{}", alert.name);
        }
    }
}

/// Grafana accepts at most 40 letters, digits, dashes and underscores.
#[test]
fn identifiers_and_titles_of_grafana_are_unique_and_short() {
    let yaml = grafana();
    for key in ["uid", "title"] {
        let all = values(&yaml, key);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "{key}");
    }
    for uid in values(&yaml, "uid") {
        let is_valid = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(uid.len() <= 40 && uid.chars().all(is_valid), "{uid}");
    }
}

/// Grafana replaces what looks like an environment variable.
#[test]
fn texts_of_grafana_have_no_dollar_sign() {
    for line in grafana().lines().filter(|line| line.contains('$')) {
        let line = line.trim_start();
        let allowed = ["datasourceUid: ${LONGSHORE_DATASOURCE}"].contains(&line)
            || line.starts_with("expression: ");
        assert!(allowed, "{line}");
    }
}

#[test]
fn the_recordings_for_grafana_are_those_for_prometheus() {
    let [all, alone] = [
        text(Flavor::Prometheus, "alerts/longshore.rules.yml"),
        text(Flavor::Grafana, "alerts/grafana/longshore.recordings.yml"),
    ];
    assert_eq!(values(&all, "record"), values(&alone, "record"));
    assert!(values(&alone, "alert").is_empty());
}

#[test]
fn the_program_writes_the_rules_of_a_flavor_for_the_labels_of_a_site() {
    let dir = nowhere("flavor");
    let refused = export(&dir, &["--flavor", "thanos"]);
    assert_eq!(refused.status.code(), Some(64));
    assert!(said(&refused).contains("Use prometheus, vmalert, mimir or grafana"));
    for (flavor, path) in [
        ("vmalert", "alerts/longshore.vmalert.yml"),
        ("vmalert", "alerts/longshore.vmrule.yml"),
        ("mimir", "alerts/longshore.mimir.yml"),
        ("grafana", "alerts/grafana/longshore.alerts.yml"),
    ] {
        let done = export(&dir, &["--flavor", flavor, "--by", "region"]);
        assert!(done.status.success(), "{}", said(&done));
        let text = std::fs::read_to_string(dir.join(path)).unwrap();
        assert!(text.contains("by (region, cluster, namespace, job, queue)"), "{path}");
        assert!(text.contains("&var-region={{ . | urlquery }}"), "{path}");
    }
}
