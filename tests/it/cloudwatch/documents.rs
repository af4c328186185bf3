//! What the documentation and the runbook repeat.

use longshore_ops::{Flavor, SiteLabels};
use xtask::cloudwatch::{
    DEAD_LETTER_NAME, EXPORTERS, METRICS, Statistic, generated_files, settings,
};
use xtask::rules::Scale;

use super::{alerts, rules, text};
use crate::rules::documents::blocks;
use crate::rules::known::parts;
use crate::rules::promql::read;

const DOCUMENT: &str = "docs/cloudwatch.md";
const RUNBOOK: &str = "docs/runbooks/cloudwatch.md";

/// What the section of each alert contains, in this order.
const PARTS: &[&str] =
    &["**Meaning.**", "**Impact.**", "**Diagnosis.**", "**Fix.**", "**Recovery check.**"];

#[test]
fn the_document_has_the_table_of_metrics() {
    let document = text(DOCUMENT);
    for metric in METRICS {
        let statistic = match metric.statistic {
            Statistic::Maximum => "Maximum",
            Statistic::Average => "Average",
            Statistic::Sum => "Sum",
        };
        let row = format!(
            "| `{}` | {statistic} | `{}` | {} |",
            metric.name, metric.recording, metric.about
        );
        assert!(document.contains(&row), "{DOCUMENT} lacks\n{row}");
        assert!(blocks(&document, "yaml").iter().all(|block| {
            !block.contains("NumberOfEmptyReceives") || block.contains(metric.name)
        }));
    }
}

#[test]
fn the_document_has_the_table_of_settings() {
    let document = text(DOCUMENT);
    for setting in settings() {
        let row = format!("| `{}` | {} | {} |", setting.series, setting.default, setting.about);
        assert!(document.contains(&row), "{DOCUMENT} lacks\n{row}");
    }
    assert!(document.contains(&format!("`{DEAD_LETTER_NAME}`")));
    let mut periods = vec![];
    for exporter in EXPORTERS {
        assert!(document.contains(&format!("`{}`", exporter.queue_label)));
        periods.push(exporter.default_period_seconds.to_string());
    }
    periods.dedup();
    let row = format!("| `sqs_setting:period_seconds` | {} |", periods.join(" or "));
    assert!(document.contains(&row), "{DOCUMENT} lacks\n{row}");
}

#[test]
fn the_document_and_the_runbook_have_every_alert() {
    let (document, runbook) = (text(DOCUMENT), text(RUNBOOK));
    for alert in alerts() {
        let anchor = format!("cloudwatch.md#{}", alert.name.to_lowercase());
        let row = format!("| [{}](runbooks/{anchor}) | {} |", alert.name, alert.severity.as_str());
        assert!(document.contains(&row), "{DOCUMENT} lacks\n{row}");
        assert!(generated_files(Scale::REAL).iter().all(|file| file.text.contains(&anchor)));
        let section =
            runbook.split("\n## ").find(|section| section.lines().next() == Some(alert.name));
        let section = section.unwrap_or_else(|| panic!("{RUNBOOK} has no section {}", alert.name));
        let found: Vec<_> = PARTS.iter().filter_map(|part| section.find(part)).collect();
        assert!(found.len() == PARTS.len() && found.is_sorted(), "{}: {found:?}", alert.name);
        assert!(!blocks(section, "promql").is_empty(), "{} has no query", alert.name);
    }
}

/// They have labels of their own, and every ruler reads the form of Prometheus.
#[test]
fn the_exported_files_are_the_same_for_every_site_and_ruler() {
    let exported = |labels: &str, flavor| {
        let labels: SiteLabels = labels.parse().unwrap_or_default();
        let all = longshore_ops::files(&labels, flavor).into_iter();
        Vec::from_iter(all.filter(|file| file.path.contains("cloudwatch")))
    };
    let plain = exported("", Flavor::Prometheus);
    let paths: Vec<_> = plain.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "alerts/cloudwatch.prometheusrule.yml",
            "alerts/cloudwatch.rules.yml",
            "dashboards/sqs-cloudwatch.json",
            "runbooks/cloudwatch.md",
        ]
    );
    assert_eq!(exported("region,env", Flavor::Grafana), plain);
}

#[test]
fn queries_of_the_runbook_read_what_the_rules_record() {
    let rules = rules();
    for query in blocks(&text(RUNBOOK), "promql") {
        for selector in read(&query).selectors {
            let name = selector.name.as_str();
            let known = rules.iter().any(|rule| parts(rule).0 == name)
                || ["cloudwatch_exporter_scrape_error", "yace_cloudwatch_request_errors"]
                    .contains(&name);
            assert!(known, "{RUNBOOK} reads {name}");
        }
    }
}
