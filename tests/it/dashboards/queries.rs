//! Every expression, read by a parser.

use std::collections::{BTreeMap, BTreeSet};

use longshore::telemetry::catalog::{self, Kind};

use super::{Query, boards};
use crate::rules::known::{BY_QUEUE, Known, SITE, Sort, alerts, all_groups, parts, series};
use crate::rules::promql::{Selector, read};

/// What metrics-process exports of the process itself, as far as it is shown: name, and whether it
/// only rises.
const PROCESS: &[(&str, Sort)] = &[
    ("process_cpu_seconds_total", Sort::Counter),
    ("process_max_fds", Sort::Gauge),
    ("process_open_fds", Sort::Gauge),
    ("process_resident_memory_bytes", Sort::Gauge),
    ("process_start_time_seconds", Sort::Gauge),
];

/// Metrics that neither a rule nor a dashboard reads, and why they are exported all the same.
const DIAGNOSTIC: &[(&str, &str)] = &[
    ("longshore_queue_info", "joined by those who consume queues of several regions or accounts"),
    (
        "longshore_cost_per_message_usd",
        "for those who look at /metrics alone; PromQL has it over any window",
    ),
    (
        "longshore_empty_receive_ratio",
        "for those who look at /metrics alone; PromQL has it over any window",
    ),
    (
        "longshore_log_lines_dropped_total",
        "a gap in the log has a WARN line of its own; the counter shows it while stderr is stuck",
    ),
];

/// States of a process that are 0 at its start.
const RESET_AT_START: [&str; 2] = ["longshore_draining", "longshore_last_scrape_pending"];

/// What the dashboards may read: the catalogue, the recordings, the process, and Prometheus's own
/// ALERTS.
fn known() -> BTreeMap<String, Known> {
    let mut known = series();
    for (name, sort) in PROCESS {
        known.insert((*name).to_owned(), Known { sort: *sort, labels: BTreeMap::new() });
    }
    let of_rules = ["alertname", "alertstate", "severity", "slo", "long_window", "queue"];
    let labels = of_rules.map(|label| (label.to_owned(), None)).into();
    known.insert("ALERTS".to_owned(), Known { sort: Sort::Gauge, labels });
    known
}

fn queries() -> Vec<Query> {
    boards().iter().flat_map(|board| [board.targets(), board.annotations()]).flatten().collect()
}

fn selectors() -> impl Iterator<Item = (String, Selector)> {
    queries().into_iter().flat_map(|query| {
        let selectors = query.read().selectors;
        selectors.into_iter().map(move |selector| (query.place.clone(), selector))
    })
}

fn matcher<'a>(selector: &'a Selector, label: &str) -> Option<&'a str> {
    let mut found = selector.matchers.iter().filter(|(name, _)| name == label);
    found.next().map(|(_, value)| value.as_str())
}

/// Linter: target-promql-rule. It does not ask whether a metric exists.
#[test]
fn every_metric_label_and_value_that_a_query_reads_exists() {
    let known = known();
    for (place, selector) in selectors() {
        let name = &selector.name;
        let labels =
            known.get(name).unwrap_or_else(|| panic!("{place} reads {name}, which is nowhere"));
        for (label, value) in &selector.matchers {
            if SITE.contains(&label.as_str()) {
                continue;
            }
            let values = labels.labels.get(label);
            let values = values.unwrap_or_else(|| panic!("{place}: {name} has no label {label}"));
            let unknown = |value: &&str| values.is_some_and(|values| !values.contains(value));
            let variable = value.starts_with('$');
            assert!(
                variable || !value.split('|').any(|one| unknown(&one)),
                "{place}: {label} {value}"
            );
        }
    }
}

/// Linter: target-job-rule, and the same for the other variables, on annotations too.
#[test]
fn every_selector_follows_the_variables() {
    let known = known();
    for (place, selector) in selectors() {
        for label in ["cluster", "namespace", "job"] {
            let variable = variable(&place, &selector, label);
            assert_eq!(matcher(&selector, label), Some(&*variable), "{place}: {}", selector.name);
        }
        let has_queue = known[&selector.name].labels.contains_key("queue")
            || known[&selector.name].sort == Sort::Recorded;
        let expected = has_queue.then(|| variable(&place, &selector, "queue"));
        assert_eq!(matcher(&selector, "queue"), expected.as_deref(), "{place}: {}", selector.name);
    }
}

/// An alert on a whole fleet has no job and no queue. The dashboard of the fleet shows it too.
fn variable(place: &str, selector: &Selector, label: &str) -> String {
    let is_fleet = place.starts_with("longshore-fleet") && selector.name == "ALERTS";
    let may_be_absent = is_fleet && ["job", "queue"].contains(&label);
    format!("${label}{}", if may_be_absent { "|" } else { "" })
}

/// Linter: target-instance-rule. Excluded: what rules record and ALERTS, for rules aggregate over
/// instances.
#[test]
fn every_selector_of_what_workers_export_follows_the_instance() {
    let known = known();
    for (place, selector) in selectors() {
        let of_rules = known[&selector.name].sort == Sort::Recorded || selector.name == "ALERTS";
        let wanted = (!of_rules).then_some("$instance");
        assert_eq!(matcher(&selector, "instance"), wanted, "{place}: {}", selector.name);
    }
}

/// Linter: target-rate-interval-rule. Its exception is `increase` over all that is shown.
#[test]
fn rates_are_over_the_rate_interval() {
    for Query { place, expr, is_instant } in queries() {
        for (before, after) in expr.match_indices('[').map(|(at, _)| expr.split_at(at)) {
            let range = after[1..].split(']').next().unwrap();
            let functions = ["rate(", "increase(", "over_time(", "changes(", "resets("];
            let call = functions.iter().filter_map(|function| before.rfind(function)).max();
            let function = before[call.unwrap()..].split('(').next().unwrap();
            let ends_there =
                after.split(']').nth(1).is_some_and(|rest| rest.starts_with(" @ end()"));
            let is_allowed = match (function, range) {
                ("rate" | "over_time", "$__rate_interval") => true,
                // At each point of a graph, the value of the whole range.
                ("rate", "$__range") => ends_there,
                ("increase" | "over_time" | "changes" | "resets", "$__range") => true,
                // A single number over four scrapes would be that of a burst, or of a pause.
                ("rate" | "increase" | "over_time", "5m") if is_instant => true,
                // The share of failed calls is over the window of its alert.
                ("increase", "5m") => expr.contains(") >= 10)"),
                // Whole seconds of CPU make a comb over a short window.
                ("rate", "5m") => expr.contains("process_cpu_seconds_total"),
                // The step of an annotation.
                ("over_time", "60s") => place.contains("the mark"),
                _ => false,
            };
            assert!(is_allowed, "{place}: [{range}] in {expr}");
        }
    }
}

/// Linter: target-counter-agg-rule, which is blind to counters with a matcher: those that other
/// rules demand.
#[test]
fn counters_are_read_as_rates_and_gauges_are_not() {
    let known = known();
    for (place, selector) in selectors() {
        let fits = match (known[&selector.name].sort, selector.function) {
            (Sort::Counter, Some(function)) => ["rate", "increase"].contains(&function),
            (Sort::Counter, None) => false,
            // A start time changes, and a state resets, when the process starts again.
            (Sort::Gauge, Some("changes")) => selector.name == "process_start_time_seconds",
            (Sort::Gauge, Some("resets")) => RESET_AT_START.contains(&&*selector.name),
            (Sort::Gauge | Sort::Recorded, Some(function)) => function.ends_with("_over_time"),
            (Sort::Gauge | Sort::Recorded, None) => true,
        };
        assert!(fits, "{place} takes {:?} of {}", selector.function, selector.name);
    }
}

/// A label that does not exist joins or adds up series that must stay separate.
#[test]
fn grouping_labels_exist() {
    let known = known();
    for query in queries() {
        let reading = query.read();
        let there: BTreeSet<_> = reading
            .selectors
            .iter()
            .flat_map(|selector| known[&selector.name].labels.keys().map(String::as_str))
            .chain(SITE.iter().copied())
            .collect();
        for label in reading.groupings.concat() {
            assert!(there.contains(&*label), "{}: {label} in {}", query.place, query.expr);
        }
    }
}

/// A query that separates queues also separates those of one name in two clusters, namespaces or
/// jobs.
#[test]
fn queues_of_one_name_are_not_added_up() {
    for query in queries() {
        for grouping in query.read().groupings {
            let of_queues = grouping.iter().any(|label| label == "queue");
            let whole = BY_QUEUE.iter().all(|label| grouping.iter().any(|one| one == label));
            assert!(!of_queues || whole, "{} groups by {grouping:?}", query.place);
        }
    }
}

/// A division by what may be zero is NaN, and a NaN draws nothing and says nothing.
#[test]
fn no_query_divides_by_zero() {
    for Query { place, expr, .. } in queries() {
        for part in expr.split('/').skip(1) {
            let divisor = part.trim_start();
            let divisor =
                divisor.strip_prefix("on () group_left ()").unwrap_or(divisor).trim_start();
            let guarded = divisor.starts_with('(')
                && (divisor.contains("> 0)") || divisor.contains(">= 10)"));
            // Never zero: it is 20, a number, or a count of what is there.
            let positive =
                ["job_queue:longshore_long_poll_reference:seconds", "1000", "count by ("];
            let positive = positive.iter().any(|start| divisor.starts_with(start));
            assert!(guarded || positive, "{place} divides by {divisor}");
        }
        let guarded = expr.contains("le=\"+Inf\"") && expr.contains("> 0)");
        assert!(!expr.contains("histogram_quantile") || guarded, "{place}: {expr}");
    }
}

/// A metric without a reader costs every user storage.
#[test]
fn every_metric_is_read_by_a_rule_or_a_dashboard_or_is_diagnostic_with_a_reason() {
    let groups = all_groups();
    let of_rules = groups.iter().flat_map(|group| &group.rules);
    let mut read: BTreeSet<String> = of_rules
        .flat_map(|rule| read(parts(rule).1).selectors)
        .map(|selector| selector.name)
        .collect();
    read.extend(super::metrics());
    for metric in catalog::ALL {
        let suffixes: &[_] = match metric.kind {
            Kind::Histogram(_) => &["_bucket", "_count", "_sum"],
            Kind::Counter | Kind::Gauge => &[""],
        };
        let used = suffixes.iter().any(|suffix| read.contains(&format!("{}{suffix}", metric.name)));
        let listed = DIAGNOSTIC.iter().any(|(name, _)| *name == metric.name);
        let name = metric.name;
        assert!(used || listed, "{name}: read it in a panel or a rule, or list it in DIAGNOSTIC");
        assert!(!(used && listed), "{name} is read: remove it from DIAGNOSTIC");
    }
}

#[test]
fn every_runbook_that_a_description_names_exists() {
    let names: BTreeSet<_> = alerts().iter().map(|alert| alert.name).collect();
    for board in boards() {
        let whole = board.json.to_string();
        for word in whole.split(|c: char| !c.is_alphanumeric()) {
            let is_alert = word.strip_prefix("Longshore").is_some_and(|rest| rest.len() > 1);
            assert!(!is_alert || names.contains(word), "{} names {word}", board.uid);
        }
    }
}
