//! The exporters that bring the metrics of CloudWatch to Prometheus, and how they differ.

/// An exporter, with one way in which it labels the series of a queue.
pub struct Exporter {
    /// Its name in the settings of the rules.
    pub name: &'static str,
    /// The label that has the name of the queue.
    pub queue_label: &'static str,
    /// The period of a data point, if its configuration has none.
    pub default_period_seconds: u32,
}

/// Both exporters give a series the same name, so a label tells them apart. YACE has a second form of
/// the label with the option `-labels-snake-case`.
pub const EXPORTERS: &[Exporter] = &[
    Exporter { name: "yace", queue_label: "dimension_QueueName", default_period_seconds: 300 },
    Exporter { name: "yace", queue_label: "dimension_queue_name", default_period_seconds: 300 },
    Exporter { name: "cloudwatch_exporter", queue_label: "queue_name", default_period_seconds: 60 },
];

impl Exporter {
    /// The matcher that selects its series.
    pub(super) fn matcher(&self) -> String {
        format!("{}!=\"\"", self.queue_label)
    }

    /// The recording of its period.
    pub(super) fn period(&self) -> String {
        format!("sqs:{}_period:seconds", self.name)
    }

    /// The series of an expression, with the label `queue`.
    pub(super) fn named(&self, expr: &str) -> String {
        format!(
            "label_replace(\n    {expr},\n    \"queue\", \"$1\", \"{}\", \"(.+)\")",
            self.queue_label
        )
    }
}
