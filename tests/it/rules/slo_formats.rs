//! `longshore export --slo-format`, as a program. tests/rules/slo_formats runs the tools.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use longshore::telemetry::catalog;

use super::export::{export, nowhere, said};
use super::promql::read;

const CONFIG: &str = r#"
[[queue]]
name = "orders"
handler = { http = "http://127.0.0.1:8080/" }
slo.delivery = { objective = 0.9995 }
slo.latency = { objective = 0.98, threshold = "2s" }

[[queue]]
name = "Bulk_Mail"
handler = { http = "http://127.0.0.1:8080/" }
slo.freshness = { threshold = "0s" }
"#;

fn config(test: &str, text: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("slo-config");
    fs::create_dir_all(&dir).unwrap();
    let path = dir.join(test).with_extension("toml");
    fs::write(&path, text).unwrap();
    path
}

fn exported(test: &str, format: &str, more: &[&str]) -> PathBuf {
    let (dir, config) = (nowhere(test), config(test, CONFIG));
    let flags = ["--slo-format", format, "--config", config.to_str().unwrap()];
    let done = export(&dir, &[&flags[..], more].concat());
    assert!(done.status.success(), "{}", said(&done));
    assert!(dir.join("alerts/longshore.rules.yml").is_file());
    dir.join("slo")
}

fn text(path: impl AsRef<Path>) -> String {
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

/// Every quoted query of a file, with a window where the format has a placeholder.
fn queries(yaml: &str) -> Vec<String> {
    let quoted = yaml.lines().filter_map(|line| line.split_once(": \"")).map(|(_, rest)| rest);
    let queries = quoted.filter(|rest| rest.contains("longshore_"));
    let text = |rest: &str| rest.trim_end_matches('"').replace("\\\"", "\"");
    queries.map(|rest| text(rest).replace("{{.window}}", "5m")).collect()
}

/// What the queries select, each once: the queue, the SLO and the result.
fn selected(yaml: &str) -> BTreeSet<Vec<String>> {
    let selectors = queries(yaml).into_iter().flat_map(|query| read(&query).selectors);
    let values = |selector: super::promql::Selector| {
        assert_eq!(selector.name, catalog::SLO_EVENTS.name);
        selector.matchers.into_iter().map(|(_, value)| value).collect()
    };
    selectors.map(values).collect()
}

/// The seven objectives of the two queues: once with this result, once with another or with all.
fn expected(results: [&[&str]; 2]) -> BTreeSet<Vec<String>> {
    let orders = ["delivery", "latency", "freshness", "polling"].map(|slo| ["orders", slo]);
    let bulk = ["delivery", "latency", "polling"].map(|slo| ["Bulk_Mail", slo]);
    let all = orders.into_iter().chain(bulk);
    let both = all.flat_map(|one| results.map(|result| [&one[..], result].concat()));
    both.map(|one| one.into_iter().map(str::to_owned).collect()).collect()
}

#[test]
fn sloth_gets_every_objective_of_the_configuration() {
    let yaml = text(exported("sloth", "sloth", &[]).join("longshore.sloth.yml"));
    assert_eq!(selected(&yaml), expected([&["bad"], &[]]));
    assert!(yaml.contains("name: orders-delivery\n    objective: 99.95\n"), "{yaml}");
    assert!(yaml.contains("handlers process a message within 2s."), "{yaml}");
    assert_eq!(yaml.matches("disable: true").count(), 2, "only polling has no page: {yaml}");
}

#[test]
fn pyrra_gets_one_file_for_each_objective_with_the_labels_of_the_site() {
    let dir = exported("pyrra", "pyrra", &["--by", "region"]).join("pyrra");
    let paths: Vec<_> = fs::read_dir(&dir).unwrap().map(|one| one.unwrap().path()).collect();
    assert_eq!(paths.len(), 7);
    let all: String = paths.iter().map(text).collect();
    assert_eq!(selected(&all), expected([&["bad"], &[]]));
    assert_eq!(all.matches("grouping: [region, cluster, namespace, job]").count(), 7);
    assert!(text(dir.join("bulk-mail-delivery.yml")).contains("target: \"99.9\""));
}

#[test]
fn openslo_gets_a_service_and_every_objective() {
    let yaml = text(exported("openslo", "openslo", &[]).join("longshore.openslo.yml"));
    assert_eq!(selected(&yaml), expected([&["good"], &[]]));
    assert_eq!((yaml.matches("kind: SLO").count(), yaml.matches("kind: Service").count()), (7, 1));
    assert!(yaml.contains("target: 0.9995\n") && yaml.contains("target: 0.98\n"), "{yaml}");
}

#[test]
fn a_directory_can_be_named_slo_and_a_bad_configuration_writes_nothing() {
    let dir = nowhere("names").join("slo");
    let done = export(&dir, &[]);
    assert!(done.status.success() && dir.join("alerts").is_dir(), "{}", said(&done));
    assert!(!dir.join("slo").exists());
    let (dir, bad) = (nowhere("bad"), config("bad", "[[queue]]\nname = 5\n"));
    let refused = export(&dir, &["--slo-format", "sloth", "--config", bad.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(64), "{}", said(&refused));
    assert!(!dir.exists());
    let alone = export(&dir, &["--config", "longshore.toml"]);
    assert_eq!(alone.status.code(), Some(64), "{}", said(&alone));
}
