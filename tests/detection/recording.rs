//! The samples that Prometheus would have, of the metrics that the rules read.

use std::collections::{BTreeMap, BTreeSet};

use longshore::telemetry::Metrics;
use xtask::rules::{Rule, Scale, groups};

/// Series and their values, one for each scrape.
pub(crate) struct Recording {
    wanted: BTreeSet<String>,
    series: BTreeMap<String, Vec<Option<f64>>>,
    scrapes: usize,
}

impl Recording {
    pub(crate) fn new() -> Self {
        Self { wanted: read_by_rules(), series: BTreeMap::new(), scrapes: 0 }
    }

    /// Begins a scrape of all targets.
    pub(crate) fn next(&mut self) {
        self.scrapes += 1;
    }

    /// This number of scrapes is left out.
    pub(crate) fn leave_out(&mut self, scrapes: usize) {
        self.scrapes += scrapes;
    }

    /// Adds the samples of one target. `process` tells one process at an address from the next.
    pub(crate) fn add(&mut self, instance: &str, process: u32, metrics: &Metrics) {
        let text = metrics.render() + &format!("process_start_time_seconds {process}\n");
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            if !self.wanted.contains(name) {
                continue;
            }
            let comma = if labels == "}" { "" } else { "," };
            let series = format!("{name}{{job=\"shop\",instance=\"{instance}\"{comma}{labels}");
            let values = self.series.entry(series).or_default();
            values.resize(self.scrapes - 1, None);
            values.push(value.parse().ok());
        }
    }

    /// The series as input of promtool: values that stay the same are written once.
    pub(crate) fn input_series(&self) -> String {
        let mut text = String::new();
        for (series, values) in &self.series {
            let mut runs: Vec<(Option<f64>, usize)> = Vec::new();
            for value in values.iter().copied() {
                match runs.last_mut() {
                    Some((last, times)) if *last == value => *times += 1,
                    _ => runs.push((value, 1)),
                }
            }
            let mut words: Vec<String> = runs.into_iter().map(word).collect();
            if values.len() < self.scrapes {
                // Prometheus notices at once that a target is gone.
                words.push("stale".to_owned());
            }
            text += &format!(
                "      - series: '{}'\n        values: {}\n",
                series.replace('\'', "''"),
                words.join(" ")
            );
        }
        text
    }
}

fn word((value, times): (Option<f64>, usize)) -> String {
    match value {
        None => format!("_x{times}"),
        Some(value) => format!("{value}x{}", times - 1),
    }
}

/// The names of the metrics in the expressions of the rules.
fn read_by_rules() -> BTreeSet<String> {
    let groups = groups(Scale::REAL);
    let exprs = groups.iter().flat_map(|group| &group.rules).map(|rule| match rule {
        Rule::Record { expr, .. } => expr,
        Rule::Alert(alert) => &alert.expr,
    });
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    exprs
        .flat_map(|expr| expr.split(move |c| !is_part(c)))
        .filter(|word| word.starts_with("longshore_") || *word == "process_start_time_seconds")
        .map(str::to_owned)
        .collect()
}
