//! Every expression, read by a parser.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use xtask::rules::{Scale, groups};

use super::known::{
    BY_ANY_JOB, BY_FLEET, BY_PROCESS, BY_QUEUE, BY_SLO, BY_WORKER, Known, SITE, Sort, all_groups,
    level, parts, series,
};
use super::promql::{Selector, read};

/// Panics if the selector reads what does not exist.
pub(crate) fn assert_exists(selector: &Selector, series: &BTreeMap<String, Known>, place: &str) {
    if selector.name.starts_with("process_") {
        return;
    }
    let name = &selector.name;
    let known =
        series.get(name).unwrap_or_else(|| panic!("{place} reads {name}, which is nowhere"));
    for (label, value) in &selector.matchers {
        if SITE.contains(&label.as_str()) {
            continue;
        }
        let values = known.labels.get(label);
        let values = values.unwrap_or_else(|| panic!("{place}: {name} has no label {label}"));
        for value in value.split('|') {
            assert!(
                values.is_none_or(|values| values.contains(&value)),
                "{place}: {label} of {name} is never {value}"
            );
        }
    }
}

#[test]
fn every_metric_and_label_and_value_that_a_rule_reads_exists() {
    let series = series();
    for rule in all_groups().iter().flat_map(|group| &group.rules) {
        let (name, expr) = parts(rule);
        for selector in read(expr).selectors {
            assert_exists(&selector, &series, name);
            assert!(!selector.is_shifted, "{name} reads {} of another time", selector.name);
        }
    }
}

#[test]
fn every_recording_is_read_by_a_rule_or_shown() {
    let groups = all_groups();
    let rules = || groups.iter().flat_map(|group| &group.rules);
    let mut read: BTreeSet<String> = rules()
        .flat_map(|rule| read(parts(rule).1).selectors)
        .map(|selector| selector.name)
        .collect();
    read.extend(crate::dashboards::metrics());
    for (name, _) in rules().map(parts).filter(|(name, _)| name.contains(':')) {
        assert!(read.contains(name), "no rule or dashboard reads {name}");
    }
}

#[test]
fn windows_above_15_minutes_are_made_of_recorded_series() {
    let longest = Duration::from_secs(15 * 60);
    for rule in all_groups().iter().flat_map(|group| &group.rules) {
        let (name, expr) = parts(rule);
        for selector in read(expr).selectors.iter().filter(|one| !one.name.contains(':')) {
            assert!(
                selector.range.is_none_or(|range| range <= longest),
                "{name} reads {} of each worker over {:?}",
                selector.name,
                selector.range
            );
        }
    }
}

#[test]
fn a_rule_reads_only_recordings_above_it_in_its_own_group() {
    let slo = all_groups().remove(0);
    for group in all_groups() {
        // This group is evaluated every 5 minutes. A value that is a minute old is recent enough.
        let also: &[_] = if group.name == "longshore-budget-left" { &slo.rules } else { &[] };
        let mut recorded: BTreeSet<_> = also.iter().map(|rule| parts(rule).0.to_owned()).collect();
        for rule in &group.rules {
            let (name, expr) = parts(rule);
            for selector in read(expr).selectors.iter().filter(|one| one.name.contains(':')) {
                // A recording that continues reads its own last value. A setting changes rarely, so a value
                // that is a minute old is recent enough.
                let is_setting =
                    selector.name == "job_queue_slo:longshore_slo_min_bad_events:count";
                assert!(
                    recorded.contains(&selector.name) || selector.name == name || is_setting,
                    "{name} would read an old {}",
                    selector.name
                );
            }
            if name.contains(':') {
                assert!(recorded.insert(name.to_owned()), "{name} is recorded twice");
            }
        }
    }
}

#[test]
fn aggregations_and_joins_keep_the_labels_of_a_queue() {
    for rule in all_groups().iter().flat_map(|group| &group.rules) {
        let (name, expr) = parts(rule);
        for grouping in read(expr).groupings {
            let labels = grouping.iter().filter(|label| *label != "action");
            let labels: Vec<_> = labels.map(String::as_str).collect();
            let known = [BY_QUEUE, BY_ANY_JOB, BY_SLO, BY_WORKER, BY_PROCESS, BY_FLEET]
                .contains(&&labels[..]);
            assert!(known, "{name} groups by {grouping:?}");
            if name.contains(':') {
                assert_eq!(grouping, level(name), "{name} is not what its name says");
            }
        }
    }
}

#[test]
fn recordings_are_named_by_level_metric_and_operation() {
    for (name, _) in super::known::recordings() {
        let [_, metric, operation] = name.split(':').collect::<Vec<_>>()[..] else {
            panic!("{name} has not three parts")
        };
        assert!(metric.starts_with("longshore_") && !metric.ends_with("_total"), "{name}");
        assert!(!operation.is_empty(), "{name}");
    }
}

#[test]
fn counters_are_read_as_rates_and_gauges_are_not() {
    let series = series();
    for rule in all_groups().iter().flat_map(|group| &group.rules) {
        let (name, expr) = parts(rule);
        for selector in read(expr).selectors {
            let fits = match (series[&selector.name].sort, selector.function) {
                (Sort::Counter, Some(function)) => ["rate", "increase"].contains(&function),
                // Only asked whether it is there.
                (Sort::Counter, None) => expr.starts_with("group by"),
                (Sort::Gauge, Some(function)) => {
                    let of_gauges = [
                        "last_over_time",
                        "avg_over_time",
                        "max_over_time",
                        "min_over_time",
                        "changes",
                        "resets",
                    ];
                    of_gauges.contains(&function)
                }
                (Sort::Recorded, Some(function)) => {
                    let of_recordings = [
                        "sum_over_time",
                        "avg_over_time",
                        "min_over_time",
                        "last_over_time",
                        "deriv",
                    ];
                    of_recordings.contains(&function)
                }
                (Sort::Gauge | Sort::Recorded, None) => true,
            };
            assert!(fits, "{name} takes {:?} of {}", selector.function, selector.name);
        }
    }
}

#[test]
fn a_scale_shortens_every_window_and_wait_and_changes_nothing_else() {
    let scaled = groups(Scale::shortened(60).unwrap());
    for (real, short) in all_groups().iter().zip(&scaled) {
        assert_eq!(real.rules.len(), short.rules.len());
        for (real, short) in real.rules.iter().zip(&short.rules) {
            let ((name, expr), (short_name, short_expr)) = (parts(real), parts(short));
            assert_eq!(name, short_name);
            let (expr, short_expr) = (read(expr), read(short_expr));
            assert_eq!(expr.selectors.len(), short_expr.selectors.len(), "{name}");
            for (long, short) in expr.ranges.iter().zip(&short_expr.ranges) {
                assert_eq!(*long, *short * 60, "{name}");
            }
        }
    }
}
