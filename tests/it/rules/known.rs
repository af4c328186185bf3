//! What expressions may read: the catalogue, and what the rules record.

use std::collections::BTreeMap;

use longshore::telemetry::catalog::{self, Kind};
use xtask::rules::{Alert, Group, Rule, Scale, groups};

/// Labels that Prometheus or a site adds to what a worker exports.
pub(crate) const SITE: &[&str] = &["cluster", "namespace", "job", "instance"];

/// What recordings of a queue and of an SLO are aggregated to.
pub(crate) const BY_QUEUE: &[&str] = &["cluster", "namespace", "job", "queue"];
pub(crate) const BY_ANY_JOB: &[&str] = &["cluster", "namespace", "queue"];
pub(crate) const BY_WORKER: &[&str] = &["cluster", "namespace", "job", "queue", "instance"];
pub(crate) const BY_PROCESS: &[&str] = &["cluster", "namespace", "job", "instance"];
pub(crate) const BY_FLEET: &[&str] = &["cluster", "namespace"];
pub(crate) const BY_SLO: &[&str] = &["cluster", "namespace", "job", "queue", "slo"];

/// Whether a series only rises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sort {
    Counter,
    Gauge,
    Recorded,
}

/// A series that exists.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) sort: Sort,
    /// Each label with all the values it can have, if they are few.
    pub(crate) labels: BTreeMap<String, Option<&'static [&'static str]>>,
}

/// Every series that exists, by name.
pub(crate) fn series() -> BTreeMap<String, Known> {
    let mut all = BTreeMap::new();
    for metric in catalog::ALL {
        let labels: Vec<_> = metric.labels.iter().map(|label| (label.name, label.values)).collect();
        let mut add = |suffix: &str, sort, extra: &[(&'static str, Option<_>)]| {
            let labels = labels.iter().chain(extra).copied();
            all.insert(format!("{}{suffix}", metric.name), known(sort, labels));
        };
        match metric.kind {
            Kind::Counter => add("", Sort::Counter, &[]),
            Kind::Gauge => add("", Sort::Gauge, &[]),
            Kind::Histogram(_) => {
                add("_count", Sort::Counter, &[]);
                add("_sum", Sort::Counter, &[]);
                add("_bucket", Sort::Counter, &[("le", None)]);
            }
        }
    }
    let start = "process_start_time_seconds".to_owned();
    all.insert(start, known(Sort::Gauge, [].into_iter()));
    for (name, _) in recordings() {
        let labels = level(&name).iter().map(|label| (*label, None));
        all.insert(name, known(Sort::Recorded, labels));
    }
    all
}

fn known(
    sort: Sort,
    labels: impl Iterator<Item = (&'static str, Option<&'static [&'static str]>)>,
) -> Known {
    Known { sort, labels: labels.map(|(name, values)| (name.to_owned(), values)).collect() }
}

/// What a recording's name says it is aggregated to.
pub(crate) fn level(name: &str) -> &'static [&'static str] {
    match name.split_once(':') {
        Some(("job_queue", _)) => BY_QUEUE,
        Some(("job_queue_slo", _)) => BY_SLO,
        _ => panic!("{name} does not say its level"),
    }
}

pub(crate) fn all_groups() -> Vec<Group> {
    groups(Scale::REAL)
}

/// Name and expression of each recording.
pub(crate) fn recordings() -> Vec<(String, String)> {
    let rules = all_groups().into_iter().flat_map(|group| group.rules);
    rules
        .filter_map(|rule| match rule {
            Rule::Record { name, expr } => Some((name, expr)),
            Rule::Alert(_) => None,
        })
        .collect()
}

pub(crate) fn alerts() -> Vec<Alert> {
    let rules = all_groups().into_iter().flat_map(|group| group.rules);
    rules
        .filter_map(|rule| match rule {
            Rule::Record { .. } => None,
            Rule::Alert(alert) => Some(alert),
        })
        .collect()
}

/// Name and expression of any rule.
pub(crate) fn parts(rule: &Rule) -> (&str, &str) {
    match rule {
        Rule::Record { name, expr } => (name, expr),
        Rule::Alert(alert) => (alert.name, &alert.expr),
    }
}
