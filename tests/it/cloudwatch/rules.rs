//! The rules, read by a parser, and the recorded expositions of both exporters.

use std::collections::BTreeSet;

use longshore::QueueConfig;
use longshore::config::{MAX_IN_FLIGHT, ObjectivesConfig};
use longshore::slo::windows::Severity;
use xtask::cloudwatch::{BY_QUEUE, BY_REGION, EXPORTERS, METRICS, settings};

use super::{alerts, rules, text};
use crate::rules::known::parts;
use crate::rules::promql::read;

/// What the real exporters exported of the same data points, by the label of a queue.
const RECORDED: &[(&str, &str)] = &[
    ("dimension_QueueName", "tests/cloudwatch/recorded/yace.prom"),
    ("dimension_queue_name", "tests/cloudwatch/recorded/yace-labels-snake-case.prom"),
    ("queue_name", "tests/cloudwatch/recorded/cloudwatch_exporter.prom"),
];

/// Settings that are not the same for each queue.
const OTHER_SETTINGS: &[&str] = &[
    "sqs_setting:period_seconds",
    "sqs_setting:dead_letter_queue",
    "sqs_setting:request_price_usd",
];

/// What an exporter says about itself.
const EXPORTER_ERRORS: &[&str] =
    &["cloudwatch_exporter_scrape_error", "yace_cloudwatch_request_errors"];

#[test]
fn every_exporter_exports_every_metric_under_the_name_that_the_rules_read() {
    for (label, path) in RECORDED {
        let exposition = text(path);
        for metric in METRICS {
            let name = &metric.series()[0];
            let found = exposition.lines().any(|line| {
                line.starts_with(&format!("{name}{{"))
                    && line.contains(&format!("{label}=\"orders\""))
            });
            assert!(found, "{path} has no {name} with the label {label}");
        }
    }
    let labels = RECORDED.iter().map(|(label, _)| *label);
    assert!(labels.eq(EXPORTERS.iter().map(|exporter| exporter.queue_label)));
}

#[test]
fn a_rule_reads_exported_series_settings_and_recordings_above_it() {
    let exported: BTreeSet<_> =
        METRICS.iter().flat_map(xtask::cloudwatch::Metric::series).collect();
    let settings: BTreeSet<_> = settings().iter().map(|setting| setting.series).collect();
    let mut recorded = BTreeSet::new();
    for rule in &rules() {
        let (name, expr) = parts(rule);
        for selector in read(expr).selectors {
            let series = selector.name.as_str();
            let known = exported.contains(series)
                || settings.contains(series)
                || OTHER_SETTINGS.contains(&series)
                || EXPORTER_ERRORS.contains(&series)
                || recorded.contains(series);
            assert!(known, "{name} reads {series}, which is not above it");
        }
        if name.contains(':') {
            assert!(recorded.insert(name.to_owned()), "{name} is recorded twice");
        }
    }
}

#[test]
fn every_recording_is_read_by_a_rule_or_shown() {
    let mut used: BTreeSet<_> =
        rules().iter().flat_map(|rule| read(parts(rule).1).selectors).map(|s| s.name).collect();
    used.extend(super::dashboard::selectors().map(|(_, selector)| selector.name));
    for rule in &rules() {
        let name = parts(rule).0;
        let documented = text("docs/cloudwatch.md").contains(name);
        let is_used = !name.contains(':') || used.contains(name) || documented;
        assert!(is_used, "no rule, dashboard or document reads {name}");
    }
}

#[test]
fn aggregations_keep_the_labels_of_a_queue_or_a_region() {
    let labels = |by: &str| by.split(", ").map(str::to_owned).collect::<Vec<_>>();
    let known = [labels(BY_QUEUE), labels(BY_REGION), labels("queue"), labels("job, instance")];
    for rule in &rules() {
        let (name, expr) = parts(rule);
        for grouping in read(expr).groupings {
            assert!(grouping.is_empty() || known.contains(&grouping), "{name}: {grouping:?}");
        }
    }
}

/// Prices, limits and budgets come from the settings of a worker.
#[test]
fn defaults_are_those_of_a_worker() {
    let rules = rules();
    let expr = |name: &str| parts(rules.iter().find(|rule| parts(rule).0 == name).unwrap()).1;
    let price = expr("sqs:request_price:usd");
    for usd in [QueueConfig::STANDARD_USD_PER_MILLION, QueueConfig::FIFO_USD_PER_MILLION] {
        assert!(price.contains(&format!("* {usd} / 1e6")), "{price}");
    }
    let budget = ObjectivesConfig::default().waste_budget_per_month_usd;
    assert!(expr("sqs:waste_budget:usd_per_30d").ends_with(&format!("* {budget}")));
    assert!(expr("sqs:in_flight_limit:messages").ends_with(&format!("* {MAX_IN_FLIGHT}")));
}

#[test]
fn there_are_eight_alerts_on_queues_and_one_on_the_metrics() {
    let names: BTreeSet<_> = alerts().iter().map(|alert| alert.name).collect();
    let expected = [
        "SqsBacklogGrowing",
        "SqsDeadLetters",
        "SqsEmptyReceivesWaste",
        "SqsInFlightLimitNear",
        "SqsMessagesNotDeleted",
        "SqsMetricsMissing",
        "SqsNoConsumer",
        "SqsOldestMessageOld",
        "SqsRetentionNear",
    ];
    assert_eq!(Vec::from_iter(names), expected);
    let pages = alerts().into_iter().filter(|alert| alert.severity == Severity::Page);
    let pages: BTreeSet<_> = pages.map(|alert| alert.name).collect();
    assert_eq!(
        Vec::from_iter(pages),
        ["SqsMessagesNotDeleted", "SqsNoConsumer", "SqsRetentionNear"]
    );
}

#[test]
fn texts_use_only_labels_that_the_alert_has() {
    for alert in alerts() {
        let labels: &[&str] = match (alert.name, alert.labels.as_slice()) {
            ("SqsMetricsMissing", [("cause", cause)]) if cause == "errors" => &["job", "instance"],
            ("SqsMetricsMissing", _) => &["account_id", "region"],
            _ => &["account_id", "region", "queue"],
        };
        assert!(
            !alert.summary.contains("$value") && alert.summary.ends_with('.'),
            "{}",
            alert.name
        );
        assert!(!alert.hold.is_zero() && !alert.keep.is_zero(), "{}", alert.name);
        for text in [&alert.summary, &alert.description] {
            for used in text.split("$labels.").skip(1) {
                let end = used.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap();
                assert!(labels.contains(&&used[..end]), "{}: {}", alert.name, &used[..end]);
            }
        }
    }
}

/// A number that CloudWatch cannot count must say so.
#[test]
fn estimates_are_called_estimates() {
    for name in ["SqsEmptyReceivesWaste", "SqsMessagesNotDeleted", "SqsRetentionNear"] {
        let alert = alerts().into_iter().find(|alert| alert.name == name).unwrap();
        assert!(alert.description.contains("Estimated: CloudWatch"), "{name}");
    }
}
