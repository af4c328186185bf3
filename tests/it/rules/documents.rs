//! Committed files that repeat what the program makes, and the runbooks.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use longshore::slo::windows::{Burn, COST, POLLING, RELIABILITY};
use longshore_ops::{Flavor, SiteLabels};
use xtask::rules::{Scale, generated_files, runbook_url};

use super::expressions::assert_exists;
use super::known::{alerts, series};
use super::promql::read;

const HEADINGS: &[&str] = &[
    "## Meaning",
    "## Impact",
    "## Diagnosis",
    "## Likely causes",
    "## Mitigation",
    "## Fix",
    "## Recovery check",
];

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The runbooks of Longshore's own alerts. That of CloudWatch's has another form.
pub(super) fn runbooks() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("docs/runbooks")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| !path.ends_with("cloudwatch.md")).collect()
}

/// The bodies of fenced blocks of this language.
pub(crate) fn blocks(document: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let opened = document.split(&fence).skip(1);
    opened.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn the_committed_rules_are_what_export_writes() {
    for file in generated_files(Scale::REAL).iter().filter(|file| file.path.starts_with("alerts/"))
    {
        let same = text(&file.path) == file.text;
        assert!(
            same,
            "{} is old: `cargo run -- export --force target/export`, and copy it",
            file.path
        );
    }
}

#[test]
fn every_runbook_is_linked_by_an_alert_and_exported_and_every_link_resolves() {
    let base = runbook_url("").replace(".md", "");
    assert!(base.ends_with("/docs/runbooks/"));
    let named = |alert: &str| PathBuf::from("docs/runbooks").join(alert).with_extension("md");
    let linked: BTreeSet<_> = alerts().iter().map(|alert| named(alert.name)).collect();
    let there = runbooks().into_iter().map(|path| path.strip_prefix(root()).unwrap().to_owned());
    let there: BTreeSet<_> = there.collect();
    let missing: Vec<_> = linked.difference(&there).collect();
    assert!(
        missing.is_empty(),
        "write these runbooks, with the sections of the others: {missing:?}"
    );
    let unused: Vec<_> = there.difference(&linked).collect();
    assert!(unused.is_empty(), "no alert links to these runbooks: {unused:?}");
    let exported: BTreeSet<_> = longshore_ops::files(&SiteLabels::default(), Flavor::Prometheus)
        .iter()
        .filter(|file| file.path.starts_with("runbooks/Longshore"))
        .map(|file| Path::new("docs").join(&file.path))
        .collect();
    assert_eq!(exported, linked);
}

#[test]
fn every_alert_is_in_both_lists_of_the_documents_and_has_a_test() {
    let rules = fs::read_dir(root().join("tests/rules")).unwrap().map(|file| file.unwrap().path());
    let tests = rules.filter(|path| path.to_string_lossy().ends_with(".test.yml"));
    let tests: String = tests.map(|path| fs::read_to_string(path).unwrap()).collect();
    for alert in alerts() {
        for list in ["docs/slo.md", "docs/README.md"] {
            assert!(text(list).contains(alert.name), "{list} does not list {}", alert.name);
        }
        let case = format!("alertname: {}\n", alert.name);
        assert!(
            tests.contains(&case),
            "no tests/rules/*.test.yml has the alertname {}",
            alert.name
        );
    }
}

/// Alerts that no fault of `tests/detection` makes fire, and why.
const NOT_PLAYED: &[(&str, &str)] = &[
    ("LongshoreFleetWaste", "needs many queues"),
    ("LongshoreInFlightLimitNear", "needs 96,000 messages in flight"),
    ("LongshoreMessagesAbandoned", "a worker that is cut off for long enough fires others first"),
    ("LongshoreObjectiveConflict", "is about the configuration, not about messages"),
    ("LongshoreObjectiveMissing", "is about the rules, not about messages"),
    ("LongshorePayloadsNotDeleted", "the messages of the faults have no payloads in S3"),
    ("LongshoreSpendWithoutResult", "needs most of a day"),
];

#[test]
fn every_alert_has_mistakes_in_its_rule_and_fires_in_a_fault_or_says_why_not() {
    let (document, mistakes) = (text("docs/slo.md"), text("tests/rules/mutate.py"));
    let (_, table) = document.split_once("<!-- detection: begin -->").unwrap();
    let (table, _) = table.split_once("<!-- detection: end -->").unwrap();
    for alert in alerts() {
        let name = alert.name;
        assert!(mistakes.contains(name), "tests/rules/mutate.py has no mistake for {name}");
        let short = name.strip_prefix("Longshore").unwrap();
        let is_played = table.split([' ', ',']).any(|word| word == short);
        let is_excused = NOT_PLAYED.iter().any(|(excused, _)| *excused == name);
        assert_ne!(is_played, is_excused, "{name}: a fault in tests/detection, or a reason here");
    }
}

#[test]
fn every_runbook_has_the_same_sections_in_the_same_order() {
    for path in runbooks() {
        let runbook = text(&path);
        let headings: Vec<_> = runbook.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(headings, HEADINGS, "{}", path.display());
        let title = format!("# {}\n", path.file_stem().unwrap().to_str().unwrap());
        assert!(runbook.starts_with(&title), "{}", path.display());
        assert!(!blocks(&runbook, "sh").is_empty(), "{} has no command", path.display());
    }
}

#[test]
fn every_query_of_a_document_parses_and_reads_what_exists() {
    let series = series();
    for path in runbooks().into_iter().chain([root().join("docs/slo.md")]) {
        let queries = blocks(&text(&path), "promql");
        assert!(!queries.is_empty(), "{} has no query", path.display());
        for selector in queries.iter().flat_map(|query| read(query).selectors) {
            assert_exists(&selector, &series, &path.display().to_string());
        }
    }
}

#[test]
fn the_document_has_the_table_of_windows() {
    let document = text("docs/slo.md");
    let tables =
        [("delivery, latency, freshness", RELIABILITY), ("polling", POLLING), ("cost", COST)];
    for (slos, burns) in tables {
        for burn in burns {
            let row = row(slos, burn);
            assert!(document.contains(&row), "docs/slo.md lacks\n{row}");
        }
    }
}

fn row(slos: &str, burn: &Burn) -> String {
    let Burn { severity, factor, long, short, hold, keep } = burn;
    let [hold, keep] = [hold, keep].map(|length| humantime::format_duration(*length));
    format!(
        "| {slos} | {factor} | {} | {} | {hold} | {keep} | {} |",
        long.name,
        short.name,
        severity.as_str()
    )
}
