//! Reads what Prometheus would read.

use std::collections::{BTreeMap, BTreeSet};

use longshore::telemetry::Metrics;

/// One scrape.
pub struct Scrape {
    pub text: String,
}

/// One sample: name, labels, value.
pub type Sample<'a> = (&'a str, BTreeMap<&'a str, &'a str>, f64);

impl Scrape {
    pub fn of(metrics: &Metrics) -> Self {
        Self { text: metrics.render() }
    }

    pub fn samples(&self) -> impl Iterator<Item = Sample<'_>> {
        self.text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let labels = labels.trim_end_matches('}').split(',').filter(|pair| !pair.is_empty());
            let labels = labels
                .map(|pair| pair.split_once('=').map(|(k, v)| (k, v.trim_matches('"'))).unwrap())
                .collect();
            (name, labels, value.parse().unwrap())
        })
    }

    /// The sum of the metric's series that have all of these labels.
    pub fn sum(&self, metric: &str, labels: &[(&str, &str)]) -> f64 {
        self.samples()
            .filter(|(name, have, _)| {
                *name == metric && labels.iter().all(|(k, v)| have.get(k) == Some(v))
            })
            .map(|(_, _, value)| value)
            .sum()
    }

    /// Name and type of each metric, as the scrape declares them.
    pub fn types(&self) -> BTreeSet<(&str, &str)> {
        let declared = self.text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        declared.map(|line| line.split_once(' ').unwrap()).collect()
    }

    /// received = settled + abandoned + in flight.
    pub fn assert_the_identity(&self) {
        let received = self.sum("longshore_messages_received_total", &[]);
        let ended = self.sum("longshore_messages_total", &[]);
        let in_flight = self.sum("longshore_messages_in_flight", &[]);
        assert_eq!(received, ended + in_flight, "{}", self.text);
    }

    /// The identity, at the end of a worker.
    pub fn assert_every_message_is_accounted_for(&self) {
        self.assert_the_identity();
        assert_eq!(self.sum("longshore_messages_held", &[]), 0.0, "nothing is held at the end");
    }
}
